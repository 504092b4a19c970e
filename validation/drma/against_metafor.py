"""Pooling beside metafor on data sets that are not pinned: the largest relative difference of every figure.

Needs R with metafor, metadat and jsonlite. Nothing is stored: what R says is compared as it comes, with its
iterations tightened. Prints one line a figure; the table in README.md quotes it.
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from typing import Any

import numpy as np

from marrowdose.statistics.meta import Pooled, blup, heterogeneity, pool
from marrowdose.statistics.meta import diagnostics as influence
from marrowdose.statistics.meta.rare_events import common_odds as rare

R_SCRIPT = """
suppressMessages({library(metafor); library(metadat)})
sets <- list(
  raudenbush1985 = list(d = dat.raudenbush1985, mods = ~ weeks),
  bangertdrowns2004 = list(d = subset(dat.bangertdrowns2004, !is.na(length)), mods = ~ length + grade),
  hackshaw1998 = list(d = dat.hackshaw1998, mods = ~ year),
  begg1989 = list(d = dat.begg1989, mods = ~ trt),
  normand1999 = list(d = escalc("MD", m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i, data=dat.normand1999), mods = ~ n1i),
  bcg_or = list(d = escalc("OR", ai=tpos, bi=tneg, ci=cpos, di=cneg, data=dat.bcg), mods = ~ ablat + alloc),
  bcg_rd = list(d = escalc("RD", ai=tpos, bi=tneg, ci=cpos, di=cneg, data=dat.bcg), mods = ~ ablat),
  collins = list(d = escalc("OR", ai=stb.xti, n1i=fup.nti, ci=stb.xci, n2i=fup.nci, data=dat.collins1985b), mods = ~ year))
out <- list(); skipped <- character()
for (name in names(sets)) {
  d <- sets[[name]]$d; d <- d[!is.na(d$yi) & !is.na(d$vi), ]
  yi <- as.numeric(d$yi); vi <- as.numeric(d$vi); x <- model.matrix(sets[[name]]$mods, d)
  fits <- list()
  for (mods in c(FALSE, TRUE)) for (m in c("FE","DL","HE","HS","SJ","PM","EB","ML","REML")) for (t in c("z","knha","adhoc")) {
    f <- NULL
    for (s in c(1, 0.5, 0.1)) if (is.null(f)) {  # its Fisher scoring needs shorter steps at times
      tight <- list(threshold=1e-13, tol=1e-13, maxiter=10000, stepadj=s)
      f <- tryCatch(suppressWarnings(if (mods) rma(yi, vi, mods=x[, -1], method=m, test=t, control=tight) else rma(yi, vi, method=m, test=t, control=tight)), error=function(e) NULL)
    }
    if (is.null(f)) { skipped <- c(skipped, paste(name, m, t, mods)); next }
    p <- if (mods) NULL else predict(f)
    fits[[paste(m, t, mods)]] <- list(b=c(f$b), se=f$se, zval=f$zval, pval=f$pval, ci_lb=f$ci.lb, ci_ub=f$ci.ub, tau2=f$tau2,
      se_tau2=f$se.tau2, I2=f$I2, H2=f$H2, R2=f$R2, QE=f$QE, QM=f$QM, QMp=f$QMp, ll=unlist(f$fit.stats["ll",]), aicc=unlist(f$fit.stats["AICc",]),
      pi_lb=p$pi.lb, pi_ub=p$pi.ub)
  }
  f <- rma(yi, vi, control=list(threshold=1e-13, maxiter=10000, stepadj=0.5)); i <- influence(f)$inf; r <- regtest(f); k <- suppressWarnings(ranktest(f)); bl <- blup(f)
  tf <- trimfill(f); cf <- confint(f, control=list(tol=1e-13))$random
  out[[name]] <- list(yi=yi, vi=vi, x=unname(x), fits=fits, other=list(rstudent=i$rstudent, dffits=i$dffits, cook=i$cook.d,
    hat=i$hat, cov_r=i$cov.r, tau2_del=i$tau2.del, egger=c(r$zval, r$pval, r$est), rank=c(k$tau, k$pval), blup=bl$pred, blup_se=bl$se,
    fill=c(tf$k0, tf$b, tf$se), side=tf$side, qp=unname(cf)))
}
rare <- list()
for (s in c("dat.bcg", "dat.nielweise2007", "dat.collins1985b")) {
  d <- get(s)
  t <- switch(s, dat.bcg=list(d$tpos, d$tpos+d$tneg, d$cpos, d$cpos+d$cneg), dat.nielweise2007=list(d$ai, d$n1i, d$ci, d$n2i),
              dat.collins1985b=list(d$stb.xti, d$fup.nti, d$stb.xci, d$fup.nci))
  ok <- complete.cases(as.data.frame(t)); t <- lapply(t, function(a) a[ok])
  a <- rma.mh(measure="OR", ai=t[[1]], n1i=t[[2]], ci=t[[3]], n2i=t[[4]]); b <- rma.peto(ai=t[[1]], n1i=t[[2]], ci=t[[3]], n2i=t[[4]])
  rare[[s]] <- list(tables=t, mh=c(a$beta, a$se), peto=c(b$beta, b$se))
}
cat(jsonlite::toJSON(list(version=as.character(packageVersion("metafor")), sets=out, rare=rare, skipped=skipped), digits=I(15), auto_unbox=TRUE, null="null", na="null"))
"""
OURS = {
    "b": "beta",
    "se": "se",
    "zval": "statistic",
    "pval": "p",
    "ci_lb": "low",
    "ci_ub": "high",
    "tau2": "tau2",
    "se_tau2": "se_tau2",
    "I2": "i2",
    "H2": "h2",
    "R2": "r2",
    "QE": "q",
    "QM": "moderators",
    "QMp": "moderators_p",
    "pi_lb": "predict_low",
    "pi_ub": "predict_high",
}


def apart(found: Any, reference: Any) -> float:
    """The largest difference, relative to the largest of the reference's numbers of one kind."""
    ours, theirs = np.ravel(np.asarray(found, float)), np.ravel(np.asarray(reference, float))
    return float(np.max(np.abs(ours - theirs)) / max(float(np.abs(theirs).max()), 1e-8))


def compare_fit(found: Pooled, reference: dict[str, Any]) -> dict[str, float]:
    """Differences of every figure that both have."""
    pairs = {theirs: (getattr(found, ours), reference[theirs]) for theirs, ours in OURS.items()}
    pairs["ll"] = [found.log_likelihood, found.log_likelihood_restricted], reference["ll"]
    pairs["aicc"] = [found.criteria().aicc, found.criteria(restricted=True).aicc], reference["aicc"]
    return {
        key: apart(*pair)
        for key, pair in pairs.items()
        if pair[0] is not None and pair[1] not in (None, [], {})
    }


def main() -> None:
    answer = subprocess.run(["Rscript", "-e", R_SCRIPT], check=True, capture_output=True, text=True).stdout
    given = json.loads(answer)
    worst: dict[str, tuple[float, str]] = defaultdict(lambda: (0.0, ""))

    def note(figure: str, difference: float, where: str) -> None:
        worst[figure] = max(worst[figure], (difference, where))

    fits = 0
    for name, data in given["sets"].items():
        y, v, x = (np.array(data[key], float) for key in ("yi", "vi", "x"))
        for call, reference in data["fits"].items():
            estimator, test, mods = call.split()
            found = pool(
                y,
                v,
                x if mods == "TRUE" else None,
                estimator={"FE": "fixed"}.get(estimator, estimator.lower()),
                test=test,
            )  # type: ignore[arg-type]
            fits += 1
            for key, difference in compare_fit(found, reference).items():
                note(key, difference, f"{name} {call}")
        other, cases, fit = data["other"], influence.influence(y, v), pool(y, v)
        egger, filled, own = influence.egger(y, v), influence.trim_and_fill(y, v), blup(y, v, fit)
        pairs = {
            "rstudent": cases.rstudent,
            "dffits": cases.dffits,
            "cook": cases.cook,
            "hat": cases.hat,
            "cov_r": cases.covariance_ratio,
            "tau2_del": cases.tau2_without,
            "egger": [egger.statistic, egger.p, egger.limit.estimate],
            "rank": influence.rank_correlation(y, v),
            "blup": own.mean,
            "blup_se": own.se,
            "qp": heterogeneity(y, v),
            "fill": [filled.missing, filled.filled.beta[0], filled.filled.se[0]],
        }
        for key, found_value in pairs.items():
            note(key, apart(found_value, other[key]), name)
    for name, data in given["rare"].items():
        for method, function in (("mh", rare.mantel_haenszel), ("peto", rare.peto)):
            one = function(*data["tables"])
            note(method, apart([one.estimate, one.se], data[method]), name)
    print(
        f"metafor {given['version']}: {fits} fits of {len(given['sets'])} data sets; not converged there:"
        f" {given['skipped']}"
    )
    for key, (difference, where) in sorted(worst.items(), key=lambda item: -item[1][0]):
        print(f"{key:10s} {difference:9.1e}  {where}")


if __name__ == "__main__":
    main()
