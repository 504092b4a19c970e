"""Commands of dose-finding trials: ``mcpmod`` analyses one, ``power`` plans one. Parse, call, print."""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import InputError, require, require_between, require_seed
from .arguments import numbers

if TYPE_CHECKING:
    from ..report.mcpmod.record import EstimationRecord
    from ..statistics.mcpmod.candidates import Candidate

Told = TypeVar("Told")
MANY: dict[str, Any] = {"action": "append", "default": []}
CANDIDATE_HELP = (
    "shape, or shape=guess,…, as emax=20 or sigemax=50,3; may be repeated. Shapes: linear, linlog, emax"
    " (ed50), sigemax (ed50,h), quadratic (b2/b1), exponential (delta), logistic (ed50,delta), beta"
    " (delta1,delta2)"
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
        "--covariance", metavar="FILE.csv", help="rows are estimates by dose, with this covariance matrix"
    )
    analysis.add_argument("--df", type=float, help="degrees of freedom of the estimates (default infinite)")
    analysis.add_argument(
        "--placebo-adjusted", action="store_true", help="estimates are effects over placebo, at active doses"
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
    plan.add_argument(
        "--delta", type=float, metavar="EFFECT", help="say how well the dose with this effect is estimated"
    )
    for sub in (analysis, plan):
        sub.add_argument("--candidate", **MANY, metavar="SHAPE[=GUESS,…]", help=CANDIDATE_HELP)
        sub.add_argument("--alpha", type=float, default=0.025, help="type-I error (default 0.025)")
        sub.add_argument("--two-sided", action="store_true", help="test both sides")
        sub.add_argument(
            "--constrained", action="store_true", help="contrasts with one sign at all active doses"
        )
        sub.add_argument("--html", metavar="FILE", help="write one page with pictures")
        sub.add_argument("--json", action="store_true", help="print JSON")
        sub.add_argument("--seed", type=int, default=0, help="seed of the integrals and draws (default 0)")


def run_mcpmod(args: argparse.Namespace) -> int:
    """``marrowdose mcpmod``: prints the result, returns the exit code."""
    from ..report.mcpmod.analysis import analysis_record, analysis_text
    from ..report.mcpmod.page import analysis_page
    from ..statistics.mcpmod.analysis import mcpmod

    require_seed(args.seed)
    if args.ed is not None:
        require_between(args.ed, 0.01, 0.99, where="--ed")
    data = _data(args)
    candidates = _candidates(args.candidate, float(data.doses.max()), -1.0 if args.decreasing else 1.0)
    found = mcpmod(
        data,
        candidates,
        alpha=args.alpha,
        select=args.select,
        constrained=args.constrained,
        two_sided=args.two_sided,
        seed=args.seed,
    )
    drawn = None
    if args.bootstrap and found.fits:
        from numpy.random import default_rng

        from ..statistics.mcpmod.bootstrap import bootstrap

        shapes = [fit.shape for fit in found.fits.values()]
        drawn = bootstrap(data, shapes, rng=default_rng(args.seed), draws=args.bootstrap)
    record = analysis_record(data, candidates, found, delta=args.delta, ed=args.ed, drawn=drawn)
    _give(args, record, analysis_text, analysis_page)
    return 0


def _give(
    args: argparse.Namespace, record: Told, text: Callable[[Told], str], page: Callable[[Told], str]
) -> None:
    """Write the page where one is asked for, print the record as JSON or text."""
    if args.html is not None:
        from ..files.whole import write_text_atomically

        write_text_atomically(args.html, page(record))
    if args.json:
        from ..files.json import text_of

        print(text_of(record), end="")
    else:
        print(text(record), end="")


def _data(args: argparse.Namespace) -> Any:
    """Patients, or estimates with standard errors or a covariance."""
    import numpy as np

    from ..statistics.mcpmod.estimates import estimates, from_patients, placebo_adjusted

    table = _read(
        Path(args.data), [args.dose, args.response, *args.covariate, *([args.se] if args.se else [])]
    )
    dose, response = table[args.dose], table[args.response]
    if args.se is None and args.covariance is None:
        for option in ("df", "placebo_adjusted"):
            require(
                not getattr(args, option),
                "needs estimates",
                where=f"--{option.replace('_', '-')}",
                remedy="give --se or --covariance",
            )
        centred = [
            table[c] - table[c].mean() for c in args.covariate
        ]  # means are those of the average patient
        covariates = np.column_stack(centred) if centred else None
        return from_patients(dose, response, covariates, names=args.covariate)
    require(
        not args.covariate,
        "covariates of estimates",
        where="--covariate",
        remedy="adjust where the estimates are made",
    )
    require(
        args.se is None or args.covariance is None,
        "given together with --se",
        where="--covariance",
        remedy="give one of them",
    )
    if args.se is not None:
        require(
            bool(np.all(table[args.se] > 0)),
            "a standard error that is not above 0",
            where=f"{args.data}: {args.se}",
        )
        covariance = np.diag(table[args.se] ** 2)
    else:
        covariance = _matrix(Path(args.covariance))
    make = placebo_adjusted if args.placebo_adjusted else estimates
    return make(dose, response, covariance, df=math.inf if args.df is None else args.df)


def _matrix(path: Path) -> Any:
    """A matrix of numbers without a header; errors name row and column."""
    from numpy import array

    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [
                [_cell(cell, f"{path}:{number}: column {k}") for k, cell in enumerate(row, start=1)]
                for number, row in enumerate(csv.reader(file), start=1)
                if row
            ]
    except UnicodeDecodeError as problem:
        raise InputError("is not UTF-8 text", where=str(path), remedy="save it as CSV in UTF-8") from problem
    require(
        bool(rows) and all(len(row) == len(rows) for row in rows),
        "is no square matrix",
        where=str(path),
        allowed="as many numbers a row as rows, without a header",
    )
    return array(rows)


def run_power(args: argparse.Namespace) -> int:
    """``marrowdose power``: prints power or sample size, returns the exit code."""
    import numpy as np

    from ..report.mcpmod.power import power_page, power_record, power_text
    from ..statistics.mcpmod.power import power, sample_size

    require_seed(args.seed)
    doses = numbers(args.doses, "--doses")
    require(
        len(doses) >= 2 and min(doses) >= 0 and len(set(doses)) == len(doses),
        args.doses,
        where="--doses",
        allowed="two or more different doses from 0 up",
    )
    candidates = _candidates(args.candidate, max(doses), args.effect)
    test = {
        "alpha": args.alpha,
        "constrained": args.constrained,
        "two_sided": args.two_sided,
        "seed": args.seed,
    }
    if args.target is not None:
        over = np.min if args.over == "min" else np.mean
        size = sample_size(candidates, doses, args.sigma, target=args.target, over=over, **test)
        n, found = size.n, size.power
    else:
        given = numbers(args.n, "--n")
        require(
            len(given) in (1, len(doses)) and all(x == int(x) for x in given),
            args.n,
            where="--n",
            allowed="one whole number, or one a dose",
        )
        n = tuple(int(x) for x in (given * len(doses) if len(given) == 1 else given))
        found = power(candidates, doses, n, args.sigma, **test)
    record = power_record(
        candidates, found, doses, n, alpha=args.alpha, two_sided=args.two_sided, target=args.target
    )
    if args.delta is not None:
        record["estimation"] = _estimation(candidates, doses, n, args)
    if args.html is not None:
        shares = np.linspace(0.1, 1.5, 15)
        sizes = [np.maximum(2, np.round(share * np.array(n))) for share in shares]
        many = [power(candidates, doses, size.tolist(), args.sigma, **test).power for size in sizes]
        record["over"] = {
            "total": [float(size.sum()) for size in sizes],
            "power": {label: [float(p[k]) for p in many] for k, label in enumerate(found.labels)},
        }
    _give(args, record, power_text, power_page)
    return 0


def _estimation(
    candidates: Sequence[Candidate], doses: Sequence[float], n: Sequence[int], args: argparse.Namespace
) -> dict[str, EstimationRecord]:
    """What the fits will be worth if each candidate is the truth, over 2,000 simulated trials."""
    import numpy as np

    from ..report.mcpmod.power import estimation_record
    from ..statistics.mcpmod.precision import assess_estimation

    shapes = list({c.shape.name: c.shape for c in candidates}.values())
    covariance = np.diag(args.sigma**2 / np.array(n, dtype=float))
    record = {}
    for truth in candidates:
        rng = np.random.default_rng(args.seed)
        found = assess_estimation(truth, shapes, doses, covariance, rng=rng, delta=args.delta)
        assert found.target is not None  # it was asked, by delta
        record[truth.label] = estimation_record(found, found.target)
    return record


def _candidates(texts: Sequence[str], top: float, effect: float) -> list[Candidate]:
    from ..statistics.mcpmod.candidates import Candidate
    from ..statistics.mcpmod.shapes import make_shape

    require(
        bool(texts),
        "no candidate",
        where="--candidate",
        remedy="give one or more, as --candidate linear --candidate emax=20",
    )
    found = []
    for text in texts:
        name, _, guess = text.partition("=")
        guesses = tuple(numbers(guess, f"--candidate {name}")) if guess else ()
        found.append(Candidate(label=text, shape=make_shape(name, top), guess=guesses, max_effect=effect))
    return found


def _read(path: Path, columns: Sequence[str]) -> dict[str, Any]:
    """The named columns as numbers; errors name file, row and column."""
    from numpy import array

    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            names = rows.fieldnames or []
            missing = [c for c in columns if c not in names]
            require(
                not missing,
                f"no column {', '.join(missing)}",
                where=str(path),
                allowed=", ".join(names) or "a header line",
                remedy="name the columns by --dose, --response, --covariate, --se",
            )
            twice = [c for c in columns if list(names).count(c) > 1]
            require(
                not twice, f"two columns are called {', '.join(twice)}", where=str(path), remedy="rename one"
            )
            found: dict[str, list[float]] = {c: [] for c in columns}
            for number, row in enumerate(rows, start=2):
                require(
                    None not in row,
                    f"has more cells than the header ({len(names)})",
                    where=f"{path}:{number}",
                    remedy="check for a comma too many",
                )
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
    require(
        math.isfinite(value),
        f"{text!r} is not a number",
        where=where,
        remedy="correct it, or leave the row out and say so",
    )
    return value
