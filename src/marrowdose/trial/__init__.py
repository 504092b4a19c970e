"""Trial statistics: MCP-Mod analyses and plans of dose-finding trials.

Multiple comparisons test whether there is a dose-response at all, over a few candidate shapes; modelling
then estimates it and the dose that reaches a target (Bretz, Pinheiro & Branson 2005, Biometrics 61:738;
Pinheiro, Bornkamp, Glimm & Bretz 2014, Stat Med 33:1646, for estimates of any kind with a covariance).
"""
