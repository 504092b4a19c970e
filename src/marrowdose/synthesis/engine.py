"""From a log density to draws: NUTS for any pure function of one unconstrained vector.

The only file of the package that knows the sampler (BlackJAX on JAX, the extra ``marrowdose[fit]``).
One program is compiled per log density; it serves the warm-up and the draws of every chain. The windows
of the warm-up are those of Stan: its step size is averaged inside the compiled program, its mass matrix
is renewed by NumPy between two calls of it.

References: Hoffman & Gelman 2014 (NUTS, dual averaging), Betancourt 2017 (multinomial trajectories), the
Stan Reference Manual, "Automatic parameter tuning" (windows and the shrinkage of the mass matrix).
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, require
from ..units import Array, Numerics

LogDensity = Callable[[Array, Numerics], Array]
Jax = Any  # an array, a key, a state or a program of JAX, which this file alone knows
Progress = Callable[[int, int], None]

CHUNK = 100  # iterations per call of the compiled program; progress is told after each
START_ATTEMPTS = 100
START_HALF_WIDTH = 2.0  # as Stan: wider than the standard-normal coordinates our priors are written in

# A leapfrog step here is many small operations, so copying and compiling count. Region analysis of the copies
# halves NUTS' own 5 µs a step and changes no digit (a test holds it to that); fusion emitters and the last
# level of optimisation would cost 1.6 times the compilation and not sample faster. Measured on the
# dose-response model and on a normal density.
COMPILER_OPTIONS = {
    "xla_cpu_copy_insertion_use_region_analysis": True,
    "xla_cpu_use_fusion_emitters": False,
    "xla_backend_optimization_level": 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What the sampler returns.

    ``z`` (chains, draws, dim) are draws of the unconstrained vector; ``divergent`` (chains, draws) marks
    trajectories whose energy error exceeded 1000. ``steps`` (leapfrog steps), ``accept`` (acceptance
    statistic, 0–1) and ``step_size`` are means over the draws of all chains. ``cpu_seconds_compile``
    (tracing and compiling) and ``cpu_seconds_sample`` (warm-up and draws) are processor time of the whole
    process, all its threads together.
    """

    z: Array
    divergent: NDArray[np.bool_]
    steps: float
    accept: float
    step_size: float
    cpu_seconds_compile: float
    cpu_seconds_sample: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """How a chain is tuned before its draws count.

    ``target_accept``: acceptance statistic that the step size aims at; ``dense`` adapts a full mass matrix
    instead of a diagonal one.
    """

    iterations: int = 1000
    target_accept: float = 0.9
    dense: bool = False


class Run(NamedTuple):
    """The draws of one chain: arrays (draws, …), and its step size."""

    z: Array
    divergent: Array
    steps: Array
    accept: Array
    step_size: Array


def sample(
    log_density: LogDensity,
    dim: int,
    *,
    seed: int,
    chains: int = 4,
    draws: int = 1000,
    warm_up: WarmUp | None = None,
    initial: Array | None = None,
    progress: Progress | None = None,
) -> Draws:
    """Draw from the density exp(log_density) with the No-U-Turn Sampler.

    ``log_density(z, xp)`` is a pure function of z, shape (dim,), written with the array namespace ``xp``
    and returning a scalar; constants may be left out. ``xp`` is ``jax.numpy`` in float64 when sampling and
    NumPy when a start is chosen. ``initial``, shape (dim,) or (chains, dim), is where the chains start;
    without it, or where the density is not finite there, starts are drawn uniformly from [−2, 2] (around
    ``initial`` where given). ``progress(done, total)`` is told the iterations of all chains together, from
    the thread of a chain. The same arguments give the same bytes, however many processors there are.

    Raises ``InputError`` when the extra ``fit`` is missing, when an argument is out of range, when no start
    with a finite density is found, and when a chain cannot leave its start.
    """
    require(dim >= 1 and chains >= 1 and draws >= 1, "dim, chains and draws must be positive", where="sample")
    tuning = warm_up or WarmUp()
    told = f"{tuning.iterations} iterations of warm-up"
    require(tuning.iterations >= 20, told, where="sample", allowed="20 or more")
    told = f"{tuning.target_accept} as target_accept"
    require(0 < tuning.target_accept < 1, told, where="sample", allowed="0 to 1")
    jax = _import_jax()
    centres = [None] * chains if initial is None else _centres(initial, chains, dim)
    starts = [_start(log_density, dim, [seed, chain], centre) for chain, centre in enumerate(centres)]
    tick = _ticker(progress, total=chains * (tuning.iterations + draws))

    def run(chain: int) -> Run:
        with jax.enable_x64(True):  # the setting belongs to a thread
            key = jax.random.fold_in(jax.random.key(seed), chain)
            return _chain(advance, key, starts[chain], tuning, draws, tick)

    begun = time.process_time()
    with jax.enable_x64(True):
        advance = _compile(log_density, dim, tuning)
    compiled = time.process_time()
    # a thread a chain takes no more processor time than chains in turn; a batch of chains (vmap) would
    # make each wait for the longest trajectory
    with _one_blas_thread(), ThreadPoolExecutor(min(chains, os.cpu_count() or 1)) as pool:
        runs = list(pool.map(run, range(chains)))
    sampled = time.process_time()
    z, divergent, steps, accept, step_size = (np.stack(part) for part in zip(*runs, strict=True))
    return Draws(
        z=z,
        divergent=divergent,
        steps=float(steps.mean()),
        accept=float(accept.mean()),
        step_size=float(step_size.mean()),
        cpu_seconds_compile=compiled - begun,
        cpu_seconds_sample=sampled - compiled,
    )


def windows(warmup: int) -> Iterator[tuple[int, bool]]:
    """Stan's warm-up as (iterations, whether the mass matrix is renewed after them): 75, 25, 50, …, 50."""
    first, size, last = (75, 25, 50) if warmup >= 150 else (int(0.15 * warmup), warmup, int(0.1 * warmup))
    yield first, False
    left = warmup - first - last
    while left > 0:
        length = size if 3 * size <= left else left
        yield length, True
        left, size = left - length, 2 * size
    yield last, False


def _import_jax() -> Jax:
    """JAX, or a sentence about how to get it."""
    try:
        import blackjax  # noqa: F401
        import jax
    except ImportError as missing:
        raise InputError(
            f"fitting needs the package {missing.name}", remedy="pip install 'marrowdose[fit]'"
        ) from missing
    return jax


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """LAPACK on one thread: on factors as small as ours its threads cost ten times the work they share.

    JAX borrows LAPACK from SciPy, whose OpenBLAS is told here; any other BLAS is left as it is.
    """
    from scipy.linalg import cython_lapack

    library = ctypes.CDLL(cython_lapack.__file__)
    try:
        get, tell = library.scipy_openblas_get_num_threads, library.scipy_openblas_set_num_threads
    except AttributeError:
        yield
        return
    before = get()
    tell(1)
    try:
        yield
    finally:
        tell(before)


def _compile(log_density: LogDensity, dim: int, tuning: WarmUp) -> Jax:
    """Up to CHUNK iterations of NUTS as one program, compiled ahead of time.

    ``advance(key, first, count, adapt, state, averaging, inverse_mass)`` makes the iterations ``first`` to
    ``first + count`` of the chain with this key. It returns the new state, the new averaging of the step
    size, and arrays (position, divergent, steps, accept) of length CHUNK, filled up to ``count``.
    """
    import jax
    import jax.numpy as jnp
    from blackjax.adaptation.step_size import dual_averaging_adaptation
    from blackjax.mcmc import nuts

    kernel = nuts.build_kernel()
    _, average, _ = dual_averaging_adaptation(tuning.target_accept)

    def target(z: Jax) -> Jax:
        return log_density(z, jnp)

    def advance(
        key: Jax, first: Jax, count: Jax, adapt: Jax, state: Jax, averaging: Jax, inverse_mass: Jax
    ) -> Jax:
        def iterate(i: Jax, carry: Jax) -> Jax:
            state, averaging, rows = carry
            step_size = jnp.exp(jnp.where(adapt, averaging.log_step_size, averaging.log_step_size_avg))
            state, info = kernel(jax.random.fold_in(key, first + i), state, target, step_size, inverse_mass)
            renewed = average(averaging, info.acceptance_rate)
            averaging = jax.tree.map(lambda new, old: jnp.where(adapt, new, old), renewed, averaging)
            row = (state.position, info.is_divergent, info.num_integration_steps, info.acceptance_rate)
            return state, averaging, tuple(a.at[i].set(b) for a, b in zip(rows, row, strict=True))

        rows = (jnp.zeros((CHUNK, dim)), jnp.zeros(CHUNK, bool), jnp.zeros(CHUNK, int), jnp.zeros(CHUNK))
        return jax.lax.fori_loop(0, count, iterate, (state, averaging, rows))

    example = (_state(np.zeros(dim), 0.0), _averaging(1.0), _unit_mass(dim, tuning.dense))
    lowered = jax.jit(advance).lower(jax.random.key(0), 0, 0, True, *example)
    try:
        return lowered.compile(compiler_options=COMPILER_OPTIONS)
    except jax.errors.JaxRuntimeError:  # options come and go with the versions of JAX; they only save time
        return lowered.compile()


def _centres(initial: Array, chains: int, dim: int) -> Array:
    """``initial`` as one row a chain."""
    given = np.asarray(initial, dtype=float)
    allowed = f"({dim},) or ({chains}, {dim})"
    require(given.shape in ((dim,), (chains, dim)), f"shape {given.shape}", where="initial", allowed=allowed)
    return np.broadcast_to(given, (chains, dim))


def _ticker(progress: Progress | None, total: int) -> Callable[[int], None]:
    """A counter of iterations that the threads of all chains may call."""
    done, lock = 0, Lock()

    def tick(iterations: int) -> None:
        nonlocal done
        with lock:
            done += iterations
            if progress is not None:
                progress(done, total)

    return tick


def _start(log_density: LogDensity, dim: int, seed: list[int], centre: Array | None) -> Jax:
    """The state of one chain at the first point with a finite density."""
    rng = np.random.default_rng(seed)
    for attempt in range(START_ATTEMPTS):
        z = rng.uniform(-START_HALF_WIDTH, START_HALF_WIDTH, dim)
        if centre is not None:
            z = centre + z * (attempt > 0)
        density = _density(log_density, z)
        if np.isfinite(density):
            return _state(z, density)
    raise InputError(
        f"the log density was not finite at any of {START_ATTEMPTS} starts",
        where="sample",
        remedy="look for missing or infinite numbers in the data, or give initial",
    )


def _density(log_density: LogDensity, z: Array) -> float:
    """The log density at z by NumPy, which raises where JAX would answer NaN."""
    with np.errstate(all="ignore"):
        try:
            return float(log_density(z, np))
        except np.linalg.LinAlgError:
            return np.nan


def _chain(
    advance: Jax, key: Jax, state: Jax, tuning: WarmUp, draws: int, tick: Callable[[int], None]
) -> Run:
    """Warm up and run one chain: (z, divergent, steps, accept, step size) of its draws."""
    start, first = state.position, 0
    averaging, inverse_mass = _averaging(1.0), _unit_mass(start.size, tuning.dense)

    def run(count: int, adapt: bool) -> tuple[Array, ...]:
        nonlocal state, averaging, first
        parts = []
        for begin in range(0, count, CHUNK):
            length = min(CHUNK, count - begin)
            state, averaging, rows = advance(key, first, length, adapt, state, averaging, inverse_mass)
            parts.append([np.asarray(row)[:length] for row in rows])
            first += length
            tick(length)
        return tuple(np.concatenate(part) for part in zip(*parts, strict=True))

    for length, renew in windows(tuning.iterations):
        z = run(length, True)[0]
        if renew:
            inverse_mass = _inverse_mass(z, tuning.dense)
            averaging = _averaging(np.exp(averaging.log_step_size_avg))
    require(
        not np.array_equal(state.position, start),
        "a chain could not leave its start",
        where="sample",
        remedy="the gradient of the log density is probably not finite there",
    )
    z, divergent, steps, accept = run(draws, False)
    return Run(z, divergent, steps, accept, np.exp(averaging.log_step_size_avg))


def _state(z: Array, density: float) -> Jax:
    """A chain at z, its gradient unknown.

    The gradient is left at zero: a program for it would take as long to compile as NUTS itself, and only
    the first half step of the warm-up uses it.
    """
    from blackjax.mcmc.hmc import HMCState

    return HMCState(np.asarray(z, dtype=float), np.float64(density), np.zeros(len(z)))


def _averaging(step_size: float) -> Jax:
    """Dual averaging of the log step size, begun at ``step_size`` (drawn towards ten times it)."""
    from blackjax.adaptation.step_size import DualAveragingAdaptationState as State

    log_step = np.float64(np.log(step_size))
    return State(log_step, np.float64(0.0), np.int64(1), np.float64(0.0), log_step + np.log(10.0))


def _unit_mass(dim: int, dense: bool) -> Array:
    return np.eye(dim) if dense else np.ones(dim)


def _inverse_mass(z: Array, dense: bool) -> Array:
    """The covariance of a window, shrunk to 1e-3 with the weight of five draws, as Stan does."""
    n = len(z)
    covariance = np.atleast_2d(np.cov(z, rowvar=False)) if dense else z.var(axis=0, ddof=1)
    return (n * covariance + 5e-3 * _unit_mass(z.shape[1], dense)) / (n + 5)
