# The R side of benchmarks/mcpmod.py: DoseFinding on the data sets it was handed; prints JSON.
suppressMessages(library(DoseFinding))
args <- commandArgs(trailingOnly = TRUE)
trials <- jsonlite::fromJSON(args[1])
mods <- Mods(
  linear = NULL, emax = 0.05, sigEmax = c(0.5, 4), exponential = 0.1, quadratic = -0.85,
  doses = unique(trials$dose), placEff = 0, maxEff = 1
)
run <- function(y) suppressMessages(suppressWarnings(
  MCPMod(dose, resp, data = data.frame(dose = trials$dose, resp = y), models = mods, Delta = trials$delta,
         selModel = "AIC", alpha = 0.025, bnds = defBnds(1))
))
mcpmod <- system.time(found <- apply(trials$resp, 1, run))
selected <- sapply(found, function(f) if (length(f$selMod) == 0) "none" else f$selMod[1])
statistics <- t(sapply(found, function(f) as.vector(f$MCTtest$tStat)))
plan <- Mods(
  linear = NULL, emax = c(0.05, 0.2), sigEmax = c(0.5, 4), exponential = 0.3, quadratic = -0.85,
  doses = c(0, 0.05, 0.2, 0.6, 1), placEff = 0, maxEff = 0.4
)
power <- system.time(for (k in 1:5) {
  contrasts <- optContr(plan, w = 1)
  p <- powMCT(contrasts, altModels = plan, n = 50, sigma = 1, alpha = 0.025)
})
cat(jsonlite::toJSON(list(
  version = as.character(packageVersion("DoseFinding")), mcpmod = sum(mcpmod[1:2]), power = sum(power[1:2]) / 5,
  selected = selected, statistics = statistics, powers = as.vector(p)
), auto_unbox = TRUE, digits = 12))
