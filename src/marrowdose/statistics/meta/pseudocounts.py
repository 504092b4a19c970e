"""Covariance of reported, often adjusted, log ratios that share a reference: the pseudo-count methods.

A paper gives the adjusted log ratio of every dose with its standard error, the cases and the totals, but not
the covariances. Both methods find counts that would give the reported ratios; those counts give the
correlations. Order: the reference first, with log ratio 0 and standard error 0 (or NaN).

``n`` counts everybody (``cc``, ``ci``) or is person-time (``ir``). Sources: Greenland & Longnecker 1992 (Am J
Epidemiol 135:1301); Hamling 2008 (Stat Med 27:954); Orsini 2012 (Am J Epidemiol 175:66).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from ...errors import InputError, require
from ...special import expit
from ...units import Array
from .effects import Effects, user_covariance

StudyDesign = Literal["cc", "ci", "ir"]  # case-control (odds), cumulative incidence (risk), incidence rate


def greenland_longnecker(log_ratio: Array, se: Array, cases: Array, n: Array, design: StudyDesign) -> Effects:
    """Reported log ratios with the covariance √(v_j v_k) r_jk, r from the Greenland–Longnecker counts.

    Alcohol and breast cancer (Rohan & McMichael 1988), by which the method was published:

    >>> ratios, se = np.log([1, 0.80, 1.16, 1.57]), [0, 0.2328, 0.2372, 0.2373]
    >>> cases, n = [165, 74, 90, 122], [337, 167, 186, 212]
    >>> greenland_longnecker(ratios, se, cases, n, "cc").covariance.round(4)[0].tolist()
    [0.0542, 0.0188, 0.0194]
    """
    log_ratio, se, cases, n = _reported(log_ratio, se, cases, n, design)
    fitted = fitted_cases(log_ratio, cases, n, design)
    if design == "cc":
        part = 1 / fitted + 1 / (n - fitted)
    else:
        part = 1 / fitted - (1 / n if design == "ci" else 0.0)
    crude = np.sqrt(part[0] + part[1:])
    correlation = part[0] / np.outer(crude, crude)
    np.fill_diagonal(correlation, 1.0)  # positive definite, being that of counts
    return Effects(log_ratio[1:], correlation * np.outer(se[1:], se[1:]))


def fitted_cases(log_ratio: Array, cases: Array, n: Array, design: StudyDesign) -> Array:
    """Cases that have the reported log ratios exactly, keeping the margins (Greenland & Longnecker 1992).

    The equations come down to one unknown, the odds of the reference, in which the total rises. Risks are
    solved on odds too, as dosresmeta does; with 1/cases − 1/n this gives the same correlations as counts with
    the exact risk ratios and 1/cases.

    >>> ratios = np.log([1, 0.80, 1.16, 1.57])
    >>> cases, n = np.array([165, 74, 90, 122]), np.array([337, 167, 186, 212])
    >>> fitted_cases(ratios, cases, n, "cc").round(1).tolist()  # with margins as they were
    [160.5, 70.3, 95.5, 124.7]
    """
    total, ratio = float(cases.sum()), np.exp(log_ratio)
    if design == "ir":  # cases_j = n_j · ratio_j · (rate of the reference), whose sum is the total
        return np.asarray(n * ratio * total / (n @ ratio))

    log_odds = np.log(max(total, 0.5) / (n.sum() - min(total, n.sum() - 0.5)))  # were all arms alike
    for _ in range(100):  # Newton's method; the total rises with the odds, so steps of one are safe
        fitted = n * expit(log_odds + log_ratio)
        step = (total - fitted.sum()) / (fitted @ (1 - fitted / n))
        log_odds += min(1.0, max(-1.0, float(step)))
        if abs(step) < 1e-13:
            break
    return np.asarray(n * expit(log_odds + log_ratio))


def hamling(log_ratio: Array, se: Array, cases: Array, n: Array, design: StudyDesign) -> Effects:
    """Reported log ratios with the covariance that counts of the reported standard errors imply.

    The counts keep the share of the reference among the non-cases (or the person-time) and the ratio of
    non-cases to cases, and have the reported ratios and standard errors; the common covariance is the
    reference's part, 1/A₀ + 1/B₀ (odds), 1/A₀ − 1/N₀ (risks) or 1/A₀ (rates) (Hamling 2008).

    >>> ratios, se = np.log([1, 0.80, 1.16, 1.57]), [0, 0.2328, 0.2372, 0.2373]
    >>> cases, n = [165, 74, 90, 122], [337, 167, 186, 212]
    >>> hamling(ratios, se, cases, n, "cc").covariance.round(4)[0].tolist()
    [0.0542, 0.02, 0.02]
    """
    log_ratio, se, cases, n = _reported(log_ratio, se, cases, n, design)
    shared = _hamling_shared(log_ratio[1:], se[1:] ** 2, cases, n, design)
    covariance = np.full((len(se) - 1, len(se) - 1), shared)
    np.fill_diagonal(covariance, se[1:] ** 2)
    return user_covariance(log_ratio[1:], covariance)


def _hamling_shared(log_ratio: Array, variance: Array, cases: Array, n: Array, design: StudyDesign) -> float:
    """The reference's part of the variance, from the two equations of Hamling 2008 solved by root finding."""
    from scipy.optimize import root

    other = n - cases if design == "cc" else n
    share, odds = float(other[0] / other.sum()), float(other.sum() / cases.sum())
    sign = {"cc": 1.0, "ci": -1.0, "ir": 0.0}[design]  # of 1/B in the variance of a log ratio

    def counts(u: Array) -> tuple[Array, Array]:
        a0, b0 = np.exp(u)
        ratio = a0 / b0 * np.exp(log_ratio)  # cases per non-case (or per person) of each arm
        a = (1 + sign * ratio) / (variance - 1 / a0 - sign / b0)
        return np.append(a0, a), np.append(b0, a / ratio)

    def misfit(u: Array) -> Array:
        a, b = counts(u)
        return np.array([b[0] / b.sum() / share - 1, b.sum() / a.sum() / odds - 1])

    for scale in (1.0, 1.3, 0.8, 2.0, 0.5, 4.0):
        found = root(misfit, np.log([cases[0] * scale, other[0] * scale]), tol=1e-13)
        a, b = counts(found.x)
        if np.abs(misfit(found.x)).max() < 1e-9 and bool((a > 0).all() and (b > 0).all()):
            return float(1 / a[0] + sign / b[0])
    raise InputError(
        "no counts give the reported standard errors",
        where="hamling",
        remedy="check the standard errors and cases, or use method='gl'",
    )


def _reported(log_ratio: Array, se: Array, cases: Array, n: Array, design: StudyDesign) -> list[Array]:
    require(design in ("cc", "ci", "ir"), f"{design!r} is no design", where="type", allowed="cc, ci, ir")
    log_ratio, cases, n = (np.asarray(a, float) for a in (log_ratio, cases, n))
    se = np.where(np.arange(len(log_ratio)) == 0, 0.0, np.asarray(se, float))  # the reference has none
    require(
        len({len(a) for a in (log_ratio, se, cases, n)}) == 1, "columns of different length", where="arms"
    )
    require(len(se) >= 2, "a single arm has nothing to be compared with", where="arms")
    require(
        bool(np.isfinite(log_ratio + se + cases + n).all()),
        "a figure is missing or not a number",
        where="arms",
        remedy="pseudo-counts need cases and n of every arm",
    )
    require(
        log_ratio[0] == 0,
        "the reference's log ratio is not 0",
        where="arms",
        remedy="put the reference first",
    )
    require(bool((se[1:] > 0).all()), "a standard error is not positive", where="se")
    require(
        bool((cases >= 0).all() and (n > 0).all()) and float(cases.sum()) > 0,
        "a count is negative, or there are no cases",
        where="cases",
    )
    require(
        design == "ir" or bool((cases <= n).all()),
        "more cases than people",
        where="cases",
        remedy="n counts cases and non-cases together; check for swapped columns",
    )
    return [log_ratio, se, cases, n]
