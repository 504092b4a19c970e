"""From a log density to draws: NUTS for any pure function of one unconstrained vector.

The only file of the package that knows the sampler (BlackJAX on JAX, the extra ``marrowdose[fit]``).
One program is compiled per log density; it serves the warm-up and the sampling of every chain. The
windows of the warm-up are those of Stan: its step size by dual averaging inside the compiled program,
its mass matrix by NumPy between two calls of it.

References: Hoffman & Gelman 2014 (NUTS), Betancourt 2017 (multinomial sampling of trajectories), the
Stan Reference Manual, "Automatic parameter tuning" (windows and the shrinkage of the mass matrix).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marrowdose.domain import Array, InputError, require

LogDensity = Callable[[Any, Any], Any]
Progress = Callable[[int, int], None]

CHUNK = 100  # iterations per call of the compiled program; progress is told after each
START_ATTEMPTS = 100
START_HALF_WIDTH = 2.0  # as Stan: wider than the standard-normal coordinates our priors are written in


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """What the sampler returns.

    ``z`` (chains, draws, dim) are draws of the unconstrained vector and ``divergent`` (chains, draws)
    marks trajectories whose energy error exceeded 1000. ``steps`` (leapfrog steps), ``accept``
    (acceptance statistic, 0–1) and ``step_size`` are means over the draws of all chains.
    ``cpu_seconds_compile`` counts tracing, compiling and finding the starts; ``cpu_seconds_sample``
    warm-up and draws. Both are processor time of the whole process, all threads together.
    """

    z: Array
    divergent: NDArray[np.bool_]
    steps: float
    accept: float
    step_size: float
    cpu_seconds_compile: float
    cpu_seconds_sample: float


def sample(
    log_density: LogDensity,
    dim: int,
    *,
    seed: int,
    chains: int = 4,
    warmup: int = 1000,
    draws: int = 1000,
    target_accept: float = 0.9,
    dense: bool = False,
    initial: Array | None = None,
    progress: Progress | None = None,
) -> Draws:
    """Draw from the density exp(log_density) with the No-U-Turn Sampler.

    ``log_density(z, xp)`` is a pure function of z, shape (dim,), written with the array namespace ``xp``
    (here ``jax.numpy`` in float64) and returns a scalar; constants may be left out. ``dense`` adapts a
    full mass matrix instead of a diagonal one. ``initial``, shape (dim,) or (chains, dim), is where the
    chains start; without it, or where the density is not finite there, starts are drawn uniformly from
    [−2, 2] (around ``initial`` where given). ``progress(done, total)`` is told the iterations of all
    chains together. The same arguments give the same bytes.

    Raises ``InputError`` when the extra ``fit`` is missing, when an argument is out of range and when no
    start with a finite density and gradient is found.
    """
    require(dim >= 1 and chains >= 1 and draws >= 1, "dim, chains and draws must be positive", where="sample")
    require(warmup >= 20, f"{warmup} iterations of warm-up", where="sample", allowed="20 or more")
    require(0 < target_accept < 1, f"{target_accept} as target_accept", where="sample", allowed="0 to 1")
    jax = _import_jax()
    total, done = chains * (warmup + draws), 0

    def tick(iterations: int) -> None:
        nonlocal done
        done += iterations
        if progress is not None:
            progress(done, total)

    with jax.enable_x64(True):
        clock = time.process_time()
        programs = _compile(log_density, dim, target_accept, dense)
        starts = [_start(programs, dim, seed, chain, initial) for chain in range(chains)]
        compiled = time.process_time()
        runs = [
            _chain(programs, start, seed, i, warmup, draws, dense, tick) for i, start in enumerate(starts)
        ]
        sampled = time.process_time()
    z, divergent, steps, accept, step_size = (np.stack(part) for part in zip(*runs, strict=True))
    return Draws(
        z=z,
        divergent=divergent.astype(bool),
        steps=float(steps.mean()),
        accept=float(accept.mean()),
        step_size=float(step_size.mean()),
        cpu_seconds_compile=compiled - clock,
        cpu_seconds_sample=sampled - compiled,
    )


def windows(warmup: int) -> Iterator[tuple[int, bool]]:
    """Stan's warm-up as (length, whether the mass matrix is renewed after it): 75, 25, 50, 100 …, 50."""
    first, size, last = (75, 25, 50) if warmup >= 150 else (int(0.15 * warmup), warmup, int(0.1 * warmup))
    yield first, False
    left = warmup - first - last
    while left > 0:
        length = size if 3 * size <= left else left
        yield length, True
        left, size = left - length, 2 * size
    yield last, False


def _import_jax() -> Any:
    """JAX, or a sentence about how to get it."""
    try:
        import blackjax  # noqa: F401
        import jax
    except ImportError as missing:
        raise InputError(
            f"fitting needs the package {missing.name}", remedy="pip install 'marrowdose[fit]'"
        ) from missing
    return jax


@dataclass(frozen=True, slots=True)
class _Programs:
    """The two compiled programs: density with gradient at a point, and up to CHUNK iterations of NUTS."""

    evaluate: Callable[[Any], Any]
    advance: Callable[..., Any]
    restart: Callable[[Any], Any]  # step size -> a fresh state of the step size's averaging


def _compile(log_density: LogDensity, dim: int, target_accept: float, dense: bool) -> _Programs:
    """Compile ahead of time, so that neither chain pays for it and compilation can be told from sampling."""
    import jax
    import jax.numpy as jnp
    from blackjax.adaptation.step_size import dual_averaging_adaptation
    from blackjax.mcmc import nuts

    kernel = nuts.build_kernel()
    restart, average, _ = dual_averaging_adaptation(target_accept)

    def target(z: Any) -> Any:
        return log_density(z, jnp)

    def advance(
        key: Any, first: Any, count: Any, adapt: Any, state: Any, averaging: Any, inverse_mass: Any
    ) -> Any:
        def iterate(i: Any, carry: Any) -> Any:
            state, averaging, rows = carry
            step_size = jnp.exp(jnp.where(adapt, averaging.log_step_size, averaging.log_step_size_avg))
            state, info = kernel(jax.random.fold_in(key, first + i), state, target, step_size, inverse_mass)
            renewed = average(averaging, info.acceptance_rate)
            averaging = jax.tree.map(lambda new, old: jnp.where(adapt, new, old), renewed, averaging)
            row = (state.position, info.is_divergent, info.num_integration_steps, info.acceptance_rate)
            return state, averaging, tuple(a.at[i].set(b) for a, b in zip(rows, row, strict=True))

        rows = (jnp.zeros((CHUNK, dim)), jnp.zeros(CHUNK, bool), jnp.zeros(CHUNK, int), jnp.zeros(CHUNK))
        return jax.lax.fori_loop(0, count, iterate, (state, averaging, rows))

    z = jnp.zeros(dim)
    evaluate = jax.jit(lambda z: nuts.init(z, target)).lower(z).compile()
    example = (jax.random.key(0), 0, 0, True, evaluate(z), restart(jnp.asarray(1.0)), _unit_mass(dim, dense))
    return _Programs(evaluate, jax.jit(advance).lower(*example).compile(), restart)


def _start(programs: _Programs, dim: int, seed: int, chain: int, initial: Array | None) -> Any:
    """The state of one chain at the first point with a finite density and gradient."""
    rng = np.random.default_rng([seed, chain])
    centre = np.zeros(dim) if initial is None else np.broadcast_to(initial, (chain + 1, dim))[chain]
    for attempt in range(START_ATTEMPTS):
        given = initial is not None and attempt == 0
        z = centre + (0.0 if given else 1.0) * rng.uniform(-START_HALF_WIDTH, START_HALF_WIDTH, dim)
        state = programs.evaluate(z)
        if np.isfinite(state.logdensity) and np.all(np.isfinite(state.logdensity_grad)):
            return state
    raise InputError(
        f"no start with a finite density and gradient in {START_ATTEMPTS} attempts",
        where="sample",
        remedy="check the data and the priors for infinite or missing numbers, or give initial",
    )


def _chain(
    programs: _Programs,
    state: Any,
    seed: int,
    chain: int,
    warmup: int,
    draws: int,
    dense: bool,
    tick: Callable[[int], None],
) -> tuple[Any, ...]:
    """One chain: (z, divergent, steps, accept, step size) of its draws."""
    import jax

    key = jax.random.fold_in(jax.random.key(seed), chain)
    averaging, inverse_mass = programs.restart(1.0), _unit_mass(state.position.size, dense)
    first = 0

    def run(count: int, adapt: bool) -> tuple[Any, ...]:
        nonlocal state, averaging, first
        parts = []
        for length in [CHUNK] * (count // CHUNK) + [count % CHUNK] * (count % CHUNK > 0):
            state, averaging, rows = programs.advance(
                key, first, length, adapt, state, averaging, inverse_mass
            )
            parts.append([np.asarray(row)[:length] for row in rows])
            first += length
            tick(length)
        return tuple(np.concatenate(part) for part in zip(*parts, strict=True))

    for length, renew in windows(warmup):
        z = run(length, True)[0]
        if renew:
            inverse_mass = _inverse_mass(z, dense)
            averaging = programs.restart(np.exp(averaging.log_step_size_avg))
    return *run(draws, False), np.exp(averaging.log_step_size_avg)


def _unit_mass(dim: int, dense: bool) -> Array:
    return np.eye(dim) if dense else np.ones(dim)


def _inverse_mass(z: Array, dense: bool) -> Array:
    """The covariance of a window, shrunk to 1e-3 with the weight of five draws, as Stan does."""
    n = len(z)
    covariance = np.atleast_2d(np.cov(z, rowvar=False)) if dense else z.var(axis=0, ddof=1)
    return (n * covariance + 5e-3 * _unit_mass(z.shape[1], dense)) / (n + 5)
