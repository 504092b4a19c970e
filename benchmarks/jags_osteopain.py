"""Effective samples per CPU-second: our engine against JAGS, on the models and data of the golden test.

Run: ``python benchmarks/jags_osteopain.py`` (needs the program ``jags``; Debian: ``apt-get install jags``).
JAGS gets the ordinary arm-based form with conditional normals for multi-arm trials, once with and once
without its module ``glm`` (block sampling); the better one counts. Its time is that of a run that writes no
file, ours that of warm-up and draws, without and with compilation; on both sides a fifth of the iterations
is warm-up. Bulk effective sample sizes over E, ED50 and sd.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "golden"))
import test_osteopain as golden
from arviz_stats.base import array_stats

CHAINS, ADAPT, BURN_IN, DRAWS = 4, 1000, 4000, 20000
OUR_WARMUP, OUR_DRAWS = 1000, 4000
REQUIRED = 5.0


def jags_model(shared_ed50: bool, random: bool) -> str:
    effect = (
        """
      delta[i, k] ~ dnorm(f[i, k] + sum(w[i, 1:(k - 1)]) / (k - 1), 2 * (k - 1) / (k * sd * sd))
      w[i, k] <- delta[i, k] - f[i, k]"""
        if random
        else """
      delta[i, k] <- f[i, k]"""
    )
    return f"""model {{
  for (i in 1:trials) {{
    mu[i] ~ dnorm(0, 0.0001)
    y[i, 1] ~ dnorm(mu[i], precision[i, 1])
    {"w[i, 1] <- 0" if random else ""}
    for (k in 2:arms[i]) {{
      y[i, k] ~ dnorm(mu[i] + delta[i, k], precision[i, k])
      f[i, k] <- emax[agent[i, k]] * dose[i, k] / (ed50[{"2" if shared_ed50 else "agent[i, k]"}] + dose[i, k]){effect}
    }}
  }}
  for (a in 2:agents) {{ emax[a] ~ dnorm(0, 0.0001) }}
  for (a in 2:{"2" if shared_ed50 else "agents"}) {{ ed50[a] ~ dnorm(0, 0.0001) T(0,) }}
  {f"sd ~ dunif(0, {golden.SD_MAX})" if random else ""}
}}
"""


def jags_data() -> str:
    """The trials as R's dump format: matrices (trial, arm), placebo first, padded with NA."""
    rows = [np.flatnonzero(trial == golden.STUDY) for trial in np.unique(golden.STUDY)]
    width = max(map(len, rows))

    def matrix(values: np.ndarray) -> str:
        padded = np.full((len(rows), width), np.nan)
        for i, row in enumerate(rows):
            padded[i, : len(row)] = values[row]
        cells = ", ".join("NA" if np.isnan(x) else repr(float(x)) for x in padded.ravel(order="F"))
        return f"structure(c({cells}), .Dim = c({len(rows)}L, {width}L))"

    columns = {"y": golden.Y, "precision": golden.SE**-2.0, "dose": golden.DOSE, "agent": golden.AGENT + 1}
    lines = [f"{name} <- {matrix(values)}" for name, values in columns.items()]
    lines += [f"trials <- {len(rows)}", f"agents <- {golden.AGENTS + 1}"]
    return "\n".join([*lines, f"arms <- c({', '.join(str(len(row)) for row in rows)})"]) + "\n"


def run_script(folder: Path, script: list[str]) -> float:
    """CPU-seconds of JAGS on a script."""
    (folder / "script.cmd").write_text("\n".join([*script, "exit"]) + "\n")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["jags", "script.cmd"], cwd=folder, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"JAGS failed:\n{done.stdout}{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run_jags(shared_ed50: bool, random: bool, glm: bool) -> tuple[dict[str, np.ndarray], float]:
    """(named draws (chains, draws), CPU-seconds of the same run without writing the draws)."""
    script = ["load glm"] if glm else []
    script += ['model in "model.bug"', 'data in "data.R"', f"compile, nchains({CHAINS})"]
    script += [f'parameters in "inits{chain}.R", chain({chain + 1})' for chain in range(CHAINS)]
    script += ["initialize", f"adapt {ADAPT}", f"update {BURN_IN}"]
    script += [f"monitor {node}" for node in ("emax", "ed50", *(["sd"] if random else []))]
    script += [f"update {DRAWS}"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "model.bug").write_text(jags_model(shared_ed50, random))
        (folder / "data.R").write_text(jags_data())
        for chain in range(CHAINS):
            seed = f'".RNG.name" <- "base::Mersenne-Twister"\n".RNG.seed" <- {chain + 1}\n'
            (folder / f"inits{chain}.R").write_text(seed)
        seconds = run_script(folder, script)
        run_script(folder, [*script, "coda *"])
        index = [line.split() for line in (folder / "CODAindex.txt").read_text().splitlines()]
        chains = [np.loadtxt(folder / f"CODAchain{chain + 1}.txt", usecols=1) for chain in range(CHAINS)]
    draws = {node: np.stack([c[int(a) - 1 : int(b)] for c in chains]) for node, a, b in index}
    return draws, seconds


def ess(draws: dict[str, np.ndarray]) -> np.ndarray:
    return np.array([float(array_stats.ess(values, method="bulk")) for values in draws.values()])


def farthest_medians(ours: dict[str, np.ndarray], theirs: dict[str, np.ndarray]) -> float:
    """The largest difference of two medians, in standard errors: do both draw from the same posterior?"""

    def apart(a: np.ndarray, b: np.ndarray) -> float:
        error = np.hypot(*(float(array_stats.mcse(v, method="median")) for v in (a, b)))
        return float(abs(np.median(a) - np.median(b)) / error)

    return max(apart(ours[name], theirs[name if name in theirs else f"{name}[2]"]) for name in ours)


def line(who: str, sizes: np.ndarray, seconds: float) -> np.ndarray:
    rate = np.array([sizes.min(), np.median(sizes)]) / seconds
    print(f"  {who:34s} {seconds:8.2f} CPU-s   least {rate[0]:7.0f}/CPU-s   median {rate[1]:7.0f}/CPU-s")
    return rate


def main() -> int:
    if shutil.which("jags") is None:
        print("JAGS is missing: apt-get install --no-install-recommends jags")
        return 2
    reached = []
    for name, (shared_ed50, random) in golden.MODELS.items():
        print(name)
        runs = [run_jags(shared_ed50, random, glm) for glm in (False, True)]
        jags = [
            line(f"JAGS{' with glm' * glm}", ess(draws), seconds) for glm, (draws, seconds) in enumerate(runs)
        ]
        draws, out = golden.posterior(name, seed=1, warmup=OUR_WARMUP, draws=OUR_DRAWS)
        ours = line("ours", ess(draws), out.cpu_seconds_sample)
        compiled = line(
            "ours, compilation included", ess(draws), out.cpu_seconds_sample + out.cpu_seconds_compile
        )
        best = np.max(jags, axis=0)
        print(
            f"  ratio: least {ours[0] / best[0]:.1f}, median {ours[1] / best[1]:.1f}; with compilation "
            f"{compiled[0] / best[0]:.1f}, {compiled[1] / best[1]:.1f}; largest difference of medians "
            f"{farthest_medians(draws, runs[0][0]):.1f} standard errors"
        )
        reached.append(ours / best)
    least, median = np.min(reached, axis=0)
    print(
        f"smallest ratio without compilation: least {least:.1f} (required {REQUIRED:g}), median {median:.1f}"
    )
    return 0 if least >= REQUIRED else 1


if __name__ == "__main__":
    sys.exit(main())
