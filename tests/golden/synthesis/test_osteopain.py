"""The engine against JAGS: hierarchical Emax models of osteoarthritis pain, as fitted by MBNMAdose.

Arm k of trial i: y_ik ~ Normal(μ_i + δ_ik, se_ik²), δ_i1 = 0 (placebo), and for the other arms
δ_ik = E_a d/(ED50_a + d) (common effects) or Normal with that mean, variance sd² and correlation ½ within a
trial (random effects). Given E, ED50 and sd this is linear and Gaussian: μ and δ are integrated out here,
where JAGS samples them.
"""

import numpy as np
import pytest
from arviz_stats.base import array_stats
from scipy.stats import multivariate_normal

from marrowdose.synthesis.diagnostics import diagnose
from marrowdose.synthesis.engine import WarmUp, sample
from places import golden

GOLDEN = golden("mbnmadose_osteopain")
PRIOR_SD = 100.0  # JAGS' dnorm(0, 0.0001) of μ, E and (cut at 0) ED50; the number is a precision
SD_MAX = 3.974

STUDY, DOSE, Y, SE = (np.array(GOLDEN["arms"][name], dtype=float) for name in ("studyID", "dose", "y", "se"))
AGENT = np.array([GOLDEN["agents"].index(name) for name in GOLDEN["arms"]["agent"]])
PLACEBO = AGENT == 0
OF_TRIAL = (STUDY[~PLACEBO] == STUDY[PLACEBO][:, None]).astype(float)  # (trials, active arms)
AGENTS = len(GOLDEN["agents"]) - 1
TOP_DOSE = np.array([DOSE[a == AGENT].max() for a in range(1, AGENTS + 1)])

MODELS = {  # one ED50 for all agents? random effects?
    "emax_rel_ed50_rel_common": (False, False),
    "emax_rel_ed50_rel_random": (False, True),
    "emax_rel_ed50_common_random": (True, True),
}


def dim(shared_ed50, random):
    return AGENTS + (1 if shared_ed50 else AGENTS) + random


def parameters(z, shared_ed50, random, xp=np):
    """(E, ED50, sd) at z (…, dim): the effect at the agent's top dose, log ED50, logit of sd/SD_MAX.

    The effect at a dose that was given is known where E and ED50 apart are not: this straightens the ridge.
    """
    effect, ed50 = z[..., :AGENTS], xp.exp(z[..., AGENTS : AGENTS + (1 if shared_ed50 else AGENTS)])
    sd = SD_MAX / (1 + xp.exp(-z[..., -1])) if random else 0.0
    return effect * (ed50 + TOP_DOSE) / TOP_DOSE, ed50, sd


def log_likelihood(emax, ed50, sd, xp=np):
    """Of all trials, μ and δ integrated out (up to a constant).

    δ_ik = mean + g_i + e_ik with variances sd²/2 each. Within a trial the active arms, given their weighted
    mean m, are independent; m and the placebo arm are then bivariate normal.
    """
    agent, dose, half = AGENT[~PLACEBO] - 1, DOSE[~PLACEBO], 0.5 * sd * sd
    ed50 = ed50 * xp.ones(AGENTS)
    residual = Y[~PLACEBO] - emax[agent] * dose / (ed50[agent] + dose)
    weight = 1 / (SE[~PLACEBO] ** 2 + half)
    total = OF_TRIAL @ weight
    m = (OF_TRIAL @ (weight * residual)) / total
    within = xp.log(weight).sum() - xp.log(total).sum() - (weight * (residual - m @ OF_TRIAL) ** 2).sum()
    y0, var0, var_m, cov = (
        Y[PLACEBO],
        SE[PLACEBO] ** 2 + PRIOR_SD**2,
        1 / total + half + PRIOR_SD**2,
        PRIOR_SD**2,
    )
    determinant = var0 * var_m - cov**2
    between = xp.log(determinant) + (var_m * y0**2 - 2 * cov * y0 * m + var0 * m**2) / determinant
    return 0.5 * (within - between.sum())


def log_density(z, xp, shared_ed50, random):
    """Log posterior of z: likelihood, priors on the natural scales, and the Jacobian of the coordinates."""
    emax, ed50, sd = parameters(z, shared_ed50, random, xp)
    prior = -0.5 * ((emax / PRIOR_SD) ** 2).sum() - 0.5 * ((ed50 / PRIOR_SD) ** 2).sum()
    jacobian = xp.log((ed50 + TOP_DOSE) / TOP_DOSE).sum() + xp.log(ed50).sum()
    if random:
        jacobian = jacobian + xp.log(sd) + xp.log(SD_MAX - sd)
    return log_likelihood(emax, ed50, sd, xp) + prior + jacobian


def named(z, shared_ed50, random):
    """Draws z (chains, draws, dim) as MBNMAdose names them; agents are counted from 1, placebo is the
    first.
    """
    emax, ed50, sd = parameters(z, shared_ed50, random)
    out = {f"emax[{a + 2}]": emax[..., a] for a in range(AGENTS)}
    out |= {"ed50": ed50[..., 0]} if shared_ed50 else {f"ed50[{a + 2}]": ed50[..., a] for a in range(AGENTS)}
    return out | ({"sd": sd} if random else {})


def posterior(name, seed, warmup=1000, draws=2000):
    """(named draws, what the sampler returned) of a model; also for the benchmark against JAGS."""
    model = MODELS[name]
    out = sample(
        lambda z, xp: log_density(z, xp, *model),
        dim(*model),
        seed=seed,
        draws=draws,
        warm_up=WarmUp(iterations=warmup),
    )
    return named(out.z, *model), out


@pytest.mark.parametrize("name", MODELS)
def test_medians_agree_with_jags(name):
    """Within four Monte-Carlo standard errors, JAGS' and ours in quadrature.

    The standard error of JAGS' median is 1.2533 sd/√n.eff for a normal posterior. Skewed ones have an sd
    much wider than their middle, which would excuse anything: there (q75 − q25)/√n.eff is the smaller figure
    (1/(2 f √n) with the density f at the median taken from the quartiles), and the smaller one is used.
    Ours is arviz-stats' error of a median. Neither seed nor tolerance was tuned.
    """
    draws, out = posterior(name, seed=1)
    reference = GOLDEN["posterior"][name]["parameters"]
    assert set(draws) == set(reference)
    found = diagnose(draws, out.divergent)
    assert found.ok, found.sentences
    for parameter, jags in reference.items():
        theirs = min(1.2533 * jags["sd"], jags["75%"] - jags["25%"]) / np.sqrt(jags["n.eff"])
        ours = float(array_stats.mcse(draws[parameter], method="median"))
        distance = (np.median(draws[parameter]) - jags["50%"]) / np.hypot(theirs, ours)
        assert abs(distance) < 4, f"{parameter}: {distance:.1f} standard errors from JAGS"


@pytest.mark.parametrize("sd", [0.0, 0.3])
def test_what_is_integrated_out_is_the_full_normal_density(sd):
    """The reduced likelihood against one multivariate normal a trial, up to the same constant."""

    def by_trial(emax, ed50):
        total = 0.0
        for trial in np.unique(STUDY):
            here = trial == STUDY
            active = (~PLACEBO[here]).astype(float)
            a = np.maximum(AGENT[here] - 1, 0)
            mean = active * emax[a] * DOSE[here] / (ed50[a] + DOSE[here])
            deltas = 0.5 * sd**2 * (np.diag(active) + np.outer(active, active))
            total += multivariate_normal.logpdf(Y[here], mean, np.diag(SE[here] ** 2) + PRIOR_SD**2 + deltas)
        return total

    rng = np.random.default_rng(1)
    points = [(rng.normal(0, 2, AGENTS), rng.uniform(1, 200, AGENTS)) for _ in range(3)]
    gap = [log_likelihood(*point, sd) - by_trial(*point) for point in points]
    assert gap == pytest.approx([gap[0]] * 3, abs=1e-6)
