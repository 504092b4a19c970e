"""Kenward–Roger tests: exact where theory is, else equal to the paper's formulas written patient by
patient.
"""

import numpy as np
import pytest

from marrowdose.errors import InputError
from marrowdose.statistics.mcpmod import multivariate_t as mvt
from marrowdose.statistics.repeated import contrasts, f_test, mmrm
from marrowdose.trial.dose_ranging.mixed_means import mixed_means

SIGMA = 400 * np.array([[1, 0.65, 0.5], [0.65, 1, 0.7], [0.5, 0.7, 1]])


def trials(count, patients, *, missing=0.0, seed=4):
    """Values with gaps of any pattern, and baselines."""
    rng = np.random.default_rng(seed)
    base = rng.normal(50, 12, (count, patients))
    y = rng.multivariate_normal(np.zeros(3), SIGMA, (count, patients)) + 0.4 * base[..., None]
    y[rng.random(y.shape) < missing] = np.nan
    return y, base


@pytest.mark.parametrize("visit", [0, 2])
def test_without_gaps_it_is_the_t_test_of_the_analysis_of_covariance(visit):
    y, base = trials(3, 16)
    arm = np.arange(16) % 3
    found = contrasts(mmrm(y, arm, baseline=base), [[-1, 0, 1], [-1, 1, 0], [-2, 1, 1]], visit=visit)
    assert found.df == pytest.approx(np.full((3, 3), 16 - 3 - 1), rel=1e-6)
    for t in range(3):
        x = np.column_stack([np.eye(3)[arm], base[t] - base[t].mean()])
        beta, rss, *_ = np.linalg.lstsq(x, y[t, :, visit])
        covariance = rss[0] / 12 * np.linalg.inv(x.T @ x)
        for k, c in enumerate(([-1, 0, 1, 0], [-1, 1, 0, 0], [-2, 1, 1, 0])):
            assert found.estimate[t, k] == pytest.approx(beta @ c, rel=1e-9)
            assert found.error[t, k] == pytest.approx(np.sqrt(c @ covariance @ np.array(c)), rel=1e-7)


def test_without_gaps_it_is_hotellings_test_over_visits():
    y, _ = trials(4, 20)
    arm = np.arange(20) % 2
    rows = np.stack([np.kron(np.array([[-1.0], [1.0]]), np.eye(3)[v]) for v in range(3)])
    found = f_test(mmrm(y, arm), rows)
    assert found.df == pytest.approx(np.full(4, 18 - 3 + 1), rel=1e-6)
    for t in range(4):
        first, second = y[t, arm == 0], y[t, arm == 1]
        pooled = (np.cov(first.T) + np.cov(second.T)) / 2
        d = second.mean(axis=0) - first.mean(axis=0)
        t_squared = 5 * d @ np.linalg.solve(pooled, d)
        assert found.scale[t] * found.f[t] == pytest.approx(t_squared * 16 / (18 * 3), rel=1e-7)


def test_one_contrast_is_the_square_of_its_t():
    y, base = trials(3, 24, missing=0.2)
    fit = mmrm(y, np.arange(24) % 2, baseline=base)
    one = contrasts(fit, [[-1, 1]])
    rows = np.zeros((1, 2, 3))
    rows[0, :, 2] = [-1, 1]
    f = f_test(fit, rows)
    assert f.scale == pytest.approx(np.ones(3))
    assert f.df == pytest.approx(one.df[:, 0])
    assert f.f == pytest.approx((one.estimate / one.error)[:, 0] ** 2)
    assert f.p_value == pytest.approx(one.p_value[:, 0])


def literal(y, arm, base, sigma, row):
    """Kenward & Roger (1997), equations for Φ_A, A1, A2, λ, m as printed, with dense matrices over all
    patients.
    """
    seen = np.isfinite(y)
    x, blocks = [], []
    for s, a, b in zip(seen, arm, base - base.mean(), strict=True):
        x.append(np.kron(np.append(np.eye(arm.max() + 1)[a], b), np.eye(3))[s])
        blocks.append(s)
    design = np.vstack(x)

    def whole(matrix):
        out, at = np.zeros((len(design), len(design))), 0
        for s in blocks:
            out[at : at + s.sum(), at : at + s.sum()] = matrix[np.ix_(s, s)]
            at += s.sum()
        return out

    inverse = np.linalg.inv(whole(sigma))
    phi = np.linalg.inv(design.T @ inverse @ design)
    moves = []
    for r in range(3):
        for c in range(r, 3):
            unit = np.zeros((3, 3))
            unit[r, c] = unit[c, r] = 1
            moves.append(whole(unit))
    p = [-design.T @ inverse @ m @ inverse @ design for m in moves]
    q = [[design.T @ inverse @ a @ inverse @ b @ inverse @ design for b in moves] for a in moves]
    information = np.array(
        [
            [
                0.5
                * (
                    np.trace(inverse @ a @ inverse @ b)
                    - np.trace(2 * phi @ q[i][j] - phi @ p[i] @ phi @ p[j])
                )
                for j, b in enumerate(moves)
            ]
            for i, a in enumerate(moves)
        ]
    )
    w = np.linalg.inv(information)
    inner = sum(w[i, j] * (q[i][j] - p[i] @ phi @ p[j]) for i in range(6) for j in range(6))
    adjusted = phi + 2 * phi @ inner @ phi
    size = len(row)
    theta = row.T @ np.linalg.inv(row @ phi @ row.T) @ row
    u = [theta @ phi @ m @ phi for m in p]
    a1 = sum(w[i, j] * np.trace(u[i]) * np.trace(u[j]) for i in range(6) for j in range(6))
    a2 = sum(w[i, j] * np.trace(u[i] @ u[j]) for i in range(6) for j in range(6))
    b = (a1 + 6 * a2) / (2 * size)
    g = ((size + 1) * a1 - (size + 4) * a2) / ((size + 2) * a2)
    c1, c2, c3 = (k / (3 * size + 2 * (1 - g)) for k in (g, size - g, size + 2 - g))
    mean, variance = 1 / (1 - a2 / size), 2 / size * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
    rho = variance / (2 * mean**2)
    m = 4 + (size + 2) / (size * rho - 1)
    return row @ adjusted @ row.T, m, m / (mean * (m - 2))


@pytest.mark.parametrize("size", [1, 2])
def test_with_gaps_it_is_the_paper(size):
    y, base = trials(2, 30, missing=0.25)
    arm = np.arange(30) % 3
    fit = mmrm(y, arm, baseline=base)
    weights = np.array([[-1.0, 0, 1], [-1, 1, 0]])[:size]
    rows = np.zeros((size, 3, 3))
    rows[:, :, 2] = weights
    found, test = contrasts(fit, weights), f_test(fit, rows)
    for t in range(2):
        padded = np.concatenate([rows.reshape(size, 9), np.zeros((size, 3))], axis=1)
        covariance, df, scale = literal(y[t], arm, base[t], fit.sigma[t], padded)
        assert found.covariance[t] == pytest.approx(covariance, rel=1e-6)
        assert test.df[t] == pytest.approx(df, rel=1e-6)
        assert test.scale[t] == pytest.approx(scale, rel=1e-6)
        if size == 1:
            assert found.df[t, 0] == pytest.approx(df, rel=1e-6)


def test_the_correction_widens_and_vanishes_with_many_patients():
    for patients, least, most in ((30, 1.002, 1.1), (2000, 1.0, 1.001)):
        y, _ = trials(5, patients, missing=0.2)
        fit = mmrm(y, np.arange(patients) % 2)
        ratio = contrasts(fit, [[-1, 1]]).error[:, 0] / fit.effect()[1][:, 1]
        assert (ratio >= least).all()
        assert (ratio <= most).all()


def test_a_trial_that_was_not_fitted_harms_no_other():
    y, base = trials(3, 30, missing=0.1)
    y[1] = 7.0
    arm = np.arange(30) % 2
    found = contrasts(mmrm(y, arm, baseline=base), [[-1, 1]])
    alone = contrasts(mmrm(y[2:], arm, baseline=base[2:]), [[-1, 1]])
    for values, single in zip(found, alone, strict=True):
        assert np.isnan(values[1]).all()
        assert values[2] == pytest.approx(single[0], rel=1e-6)
    several = mixed_means(y, np.broadcast_to(arm, (3, 30)), base, 2)
    assert several.ready.tolist() == [True, False, True]
    assert several.df[2] == pytest.approx(found.df[2])


def test_a_critical_value_for_the_degrees_of_freedom_of_each_trial():
    """Between three values of 1/df a parabola: within 1e-4 of the value of every trial's own, 11 to
    infinitely many.
    """
    directions = np.random.default_rng(2).normal(size=(40, 4, 4)) * 0.2 + np.eye(4)
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    for df in (
        np.linspace(11, 60, 40),
        np.linspace(200, 280, 40),
        np.append(np.linspace(30, 99, 39), np.inf),
    ):
        each = mvt.critical_values(directions, df, 0.025)
        for k in range(0, 40, 13):
            own = mvt.critical_values(directions, float(df[k]), 0.025)[k]
            assert each[k] == pytest.approx(own, abs=2e-4)


FIT = mmrm(*[np.random.default_rng(1).normal(size=(1, 12, 3))], np.arange(12) % 2)
REFUSED = {
    "arms": lambda: contrasts(FIT, [[1, -1, 0]]),
    "nothing": lambda: contrasts(FIT, [[0, 0]]),
    "no number": lambda: contrasts(FIT, [[np.nan, 1]]),
    "visit": lambda: contrasts(FIT, [[-1, 1]], visit=3),
    "dependent": lambda: f_test(FIT, np.ones((2, 2, 3))),
    "shape": lambda: f_test(FIT, np.ones((2, 3))),
    "no degrees of freedom": lambda: mvt.critical_values(np.eye(2)[None], np.array([np.nan]), 0.025),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    with pytest.raises(InputError, match=r"allowed|not above 0"):
        REFUSED[case]()
