"""Commands of dose-finding trials: ``mcpmod`` analyses one, ``power`` plans one. Parse, call, print."""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .domain import BANNER, InputError, require, require_between, require_seed

MANY: dict[str, Any] = {"action": "append", "default": []}
CANDIDATE_HELP = (
    "shape, or shape=guess,…, as emax=20 or sigemax=50,3; may be repeated. Shapes: linear, linlog, emax (ed50), "
    "sigemax (ed50,h), quadratic (b2/b1), exponential (delta), logistic (ed50,delta), beta (delta1,delta2)"
)


def add_parsers(commands: Any) -> None:
    """Add ``mcpmod`` and ``power`` to the commands of the top parser."""
    analysis = commands.add_parser(
        "mcpmod", help="analyse a dose-finding trial: is there an effect, which dose?"
    )
    analysis.add_argument("data", metavar="DATA.csv", help="one row a patient, or one row a dose with --se")
    analysis.add_argument(
        "--dose", default="dose", metavar="COLUMN", help="column of the dose (default dose)"
    )
    analysis.add_argument("--response", default="response", metavar="COLUMN", help="column of the response")
    analysis.add_argument("--covariate", **MANY, metavar="COLUMN", help="adjust for it; may be repeated")
    analysis.add_argument(
        "--se", metavar="COLUMN", help="rows are estimates by dose, with this standard error"
    )
    analysis.add_argument(
        "--select", choices=("aic", "bic", "max_t"), default="aic", help="how a shape is chosen"
    )
    analysis.add_argument(
        "--delta", type=float, metavar="EFFECT", help="find the dose with this effect over placebo"
    )
    analysis.add_argument(
        "--ed", type=float, metavar="P", help="find the dose with this share of the largest effect"
    )
    analysis.add_argument(
        "--bootstrap", type=int, default=0, metavar="N", help="intervals with uncertain shape"
    )
    analysis.add_argument("--decreasing", action="store_true", help="a fall of the response is the benefit")
    plan = commands.add_parser("power", help="power or sample size of a dose-finding trial")
    plan.add_argument("--doses", required=True, metavar="D,D,…", help="doses, placebo first, as 0,10,50,100")
    plan.add_argument("--sigma", type=float, required=True, help="residual SD of the response")
    plan.add_argument(
        "--effect", type=float, required=True, help="largest effect over placebo, below 0 for a fall"
    )
    size = plan.add_mutually_exclusive_group(required=True)
    size.add_argument(
        "--n", metavar="N[,N…]", help="patients an arm, one number or one a dose: gives the power"
    )
    size.add_argument(
        "--target", type=float, metavar="POWER", help="gives the fewest patients with this power"
    )
    plan.add_argument(
        "--over", choices=("min", "mean"), default="min", help="which power must reach the target"
    )
    for sub in (analysis, plan):
        sub.add_argument("--candidate", **MANY, metavar="SHAPE[=GUESS,…]", help=CANDIDATE_HELP)
        sub.add_argument("--alpha", type=float, default=0.025, help="one-sided type-I error (default 0.025)")
        sub.add_argument("--json", action="store_true", help="print JSON")
        sub.add_argument("--seed", type=int, default=0, help="seed of the integrals and draws (default 0)")


def run_mcpmod(args: argparse.Namespace) -> int:
    """``marrowdose mcpmod``: prints the result, returns the exit code."""
    import numpy as np

    from .trial.estimates import estimates, from_patients
    from .trial.mcpmod import mcpmod

    require_seed(args.seed)
    columns = [args.dose, args.response, *args.covariate, *([args.se] if args.se else [])]
    table = _read(Path(args.data), columns)
    if args.se:
        require(not args.covariate, "covariates of estimates", where="--covariate", remedy="adjust where the estimates are made")  # fmt: skip
        require(bool(np.all(table[args.se] > 0)), "a standard error that is not above 0", where=f"{args.data}: {args.se}")  # fmt: skip
        data = estimates(table[args.dose], table[args.response], np.diag(table[args.se] ** 2))
    else:
        covariates = np.column_stack([table[c] for c in args.covariate]) if args.covariate else None
        data = from_patients(table[args.dose], table[args.response], covariates, names=args.covariate)
    effect = -1.0 if args.decreasing else 1.0
    candidates = _candidates(args.candidate, float(data.doses.max()), effect)
    found = mcpmod(data, candidates, alpha=args.alpha, select=args.select, seed=args.seed)
    record = _analysis_record(found, args)
    if args.bootstrap and found.fits:
        record["bootstrap"] = _bootstrap_record(data, found, args)
    print(_json(record) if args.json else f"{BANNER}\n{_analysis_text(record)}", end="")
    return 0


def run_power(args: argparse.Namespace) -> int:
    """``marrowdose power``: prints power or sample size, returns the exit code."""
    import numpy as np

    from .trial.planning import power, sample_size

    require_seed(args.seed)
    doses = _numbers(args.doses, "--doses")
    require(len(doses) >= 2 and min(doses) >= 0 and len(set(doses)) == len(doses), args.doses, where="--doses", allowed="two or more different doses from 0 up")  # fmt: skip
    candidates = _candidates(args.candidate, max(doses), args.effect)
    if args.target is not None:
        over = np.min if args.over == "min" else np.mean
        size = sample_size(candidates, doses, args.sigma, target=args.target, alpha=args.alpha, over=over, seed=args.seed)  # fmt: skip
        n, found = size.n, size.power
    else:
        given = _numbers(args.n, "--n")
        require(len(given) in (1, len(doses)) and all(x == int(x) for x in given), args.n, where="--n", allowed="one whole number, or one a dose")  # fmt: skip
        n = tuple(int(x) for x in (given * len(doses) if len(given) == 1 else given))
        found = power(candidates, doses, n, args.sigma, alpha=args.alpha, seed=args.seed)
    record = {
        "doses": doses,
        "n": list(n),
        "total": sum(n),
        "alpha": args.alpha,
        "critical_value": found.critical_value,
        "power": dict(zip(found.labels, map(float, found.power), strict=True)),
        "monte_carlo_se": float(found.error.max()),
    }
    text = [f"{sum(n)} patients: " + ", ".join(f"{k} at dose {d:g}" for k, d in zip(n, doses, strict=True))]
    text += [f"power {p:.3f} if the truth is {label}" for label, p in record["power"].items()]
    text += [f"least {min(found.power):.3f}, mean {found.power.mean():.3f}; one-sided {args.alpha:g}"]
    print(_json(record) if args.json else "\n".join([BANNER, *text]) + "\n", end="")
    return 0


def _numbers(text: str, where: str) -> list[float]:
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    require(
        bool(found) and all(map(math.isfinite, found)), repr(text), where=where, allowed="numbers with commas"
    )
    return found


def _candidates(texts: Sequence[str], top: float, effect: float) -> list[Any]:
    from .trial.candidates import Candidate
    from .trial.shapes import make_shape

    require(bool(texts), "no candidate", where="--candidate", remedy="give one or more, as --candidate linear --candidate emax=20")  # fmt: skip
    found = []
    for text in texts:
        name, _, guess = text.partition("=")
        numbers = tuple(_numbers(guess, f"--candidate {name}")) if guess else ()
        found.append(Candidate(label=text, shape=make_shape(name, top), guess=numbers, max_effect=effect))
    return found


def _read(path: Path, columns: Sequence[str]) -> dict[str, Any]:
    """The named columns as numbers; errors name file, row and column."""
    from numpy import array

    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            names = rows.fieldnames or []
            missing = [c for c in columns if c not in names]
            require(not missing, f"no column {', '.join(missing)}", where=str(path), allowed=", ".join(names) or "a header line", remedy="name the columns by --dose, --response, --covariate, --se")  # fmt: skip
            found: dict[str, list[float]] = {c: [] for c in columns}
            for number, row in enumerate(rows, start=2):
                for c in columns:
                    found[c].append(_cell(row[c], f"{path}:{number}: {c}"))
    except UnicodeDecodeError as problem:
        raise InputError("is not UTF-8 text", where=str(path), remedy="save it as CSV in UTF-8") from problem
    except csv.Error as problem:
        raise InputError(f"is not a CSV file ({problem})", where=str(path)) from problem
    return {c: array(values) for c, values in found.items()}


def _cell(text: str | None, where: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    require(math.isfinite(value), f"{text!r} is not a number", where=where, remedy="correct it, or leave the row out and say so")  # fmt: skip
    return value


def _analysis_record(found: Any, args: argparse.Namespace) -> dict[str, Any]:
    if args.ed is not None:
        require_between(args.ed, 0.01, 0.99, where="--ed")
    test = found.test
    record: dict[str, Any] = {
        "test": {
            "alpha": test.alpha,
            "critical_value": test.critical_value,
            "df": None if math.isinf(test.df) else test.df,
            "candidates": [
                {"candidate": label, "t": float(t), "p": float(p), "p_monte_carlo_se": float(e)}
                for label, t, p, e in zip(
                    test.labels, test.statistics, test.p_values, test.p_error, strict=True
                )
            ],
            "significant": list(test.significant),
        },
        "selected": found.selected,
        "weights": found.weights,
        "not_converged": found.failed,
        "fits": {
            name: {
                "coefficients": fit.coefficients,
                "aic": fit.aic,
                "bic": fit.bic,
                "at_bound": list(fit.at_bound),
            }
            for name, fit in found.fits.items()
        },
    }
    if args.delta is not None:
        record["target_effect"] = args.delta
        record["target_dose"] = found.target_doses(args.delta)
        if found.fits:
            record["average_target_dose"] = found.average_target_dose(args.delta)
    if args.ed is not None:
        record["effective_dose"] = {name: fit.effective_dose(args.ed) for name, fit in found.fits.items()}
    return record


def _bootstrap_record(data: Any, found: Any, args: argparse.Namespace) -> dict[str, Any]:
    from numpy.random import default_rng

    from .trial.averaging import bootstrap

    drawn = bootstrap(data, [f.shape for f in found.fits.values()], rng=default_rng(args.seed), draws=args.bootstrap)  # fmt: skip
    low, middle, high = drawn.quantiles(data.doses)
    record: dict[str, Any] = {
        "draws": args.bootstrap,
        "dropped": drawn.dropped,
        "chosen": drawn.shares(),
        "curve": [
            {"dose": float(d), "lower": float(a), "median": float(b), "upper": float(c)}
            for d, a, b, c in zip(data.doses, low, middle, high, strict=True)
        ],
    }
    if args.delta is not None:
        lower, upper, share = drawn.target_interval(args.delta)
        record["target_dose"] = {"lower": lower, "upper": upper, "share_with_one": share}
    return record


def _dose(value: float | None) -> str:
    return "none up to the largest dose" if value is None else f"{value:.4g}"


def _analysis_text(record: dict[str, Any]) -> str:
    test = record["test"]
    lines = [f"Contrast tests, one-sided {test['alpha']:g}, critical value {test['critical_value']:.3f}"]
    lines += [f"  {c['candidate']:<24} t {c['t']:7.3f}   adjusted p {c['p']:.4f}" for c in test["candidates"]]
    if record["selected"] is None:
        return (
            "\n".join(
                [*lines, "No candidate is significant: no dose-response is claimed, and none is fitted."]
            )
            + "\n"
        )
    lines.append(f"Selected: {record['selected']}")
    for name, fit in record["fits"].items():
        numbers = ", ".join(f"{k} {v:.4g}" for k, v in fit["coefficients"].items())
        bound = f"; at its bound: {', '.join(fit['at_bound'])}" if fit["at_bound"] else ""
        lines.append(f"  {name:<12} weight {record['weights'][name]:.3f}   {numbers}{bound}")
    lines += [f"  {name} not fitted: {why}" for name, why in record["not_converged"].items()]
    if "target_dose" in record:
        lines.append(f"Dose with an effect of {record['target_effect']:g} over placebo")
        lines += [f"  {name:<12} {_dose(dose)}" for name, dose in record["target_dose"].items()]
        lines.append(f"  {'average':<12} {_dose(record['average_target_dose'])}")
    if "effective_dose" in record:
        lines += [f"Effective dose, {name}: {_dose(dose)}" for name, dose in record["effective_dose"].items()]
    if "bootstrap" in record:
        drawn = record["bootstrap"]
        lines.append(f"Bootstrap of {drawn['draws']}: " + ", ".join(f"{k} {v:.0%}" for k, v in drawn["chosen"].items()))  # fmt: skip
        if "target_dose" in drawn:
            ends = " to ".join(_dose(drawn["target_dose"][side]) for side in ("lower", "upper"))
            lines.append(f"  95 % interval of that dose: {ends}; {drawn['target_dose']['share_with_one']:.0%} of draws have one")  # fmt: skip
    return "\n".join(lines) + "\n"


def _json(record: Any) -> str:
    from .report.json import text_of

    return text_of(record)
