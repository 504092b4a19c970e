# REML fits by nlme::gls with an unstructured covariance; prints seconds, log-likelihoods and effects as JSON.
suppressMessages({library(nlme); library(jsonlite)})
trials <- fromJSON(commandArgs(TRUE)[1], simplifyVector = FALSE)
loglik <- effect <- numeric(length(trials))
seconds <- 0
for (i in seq_along(trials)) {
  trial <- trials[[i]]
  y <- do.call(rbind, lapply(trial$values, unlist))
  n <- nrow(y)
  long <- data.frame(
    id = factor(rep(seq_len(n), 3)), visit = rep(1:3, each = n), arm = factor(rep(unlist(trial$arm), 3)),
    base = rep(unlist(trial$baseline) - mean(unlist(trial$baseline)), 3), y = as.vector(y))
  long <- long[long$y > -9000, ]
  long <- long[order(long$id, long$visit), ]
  long$when <- factor(long$visit)
  time <- system.time(
    fit <- gls(y ~ 0 + when:arm + when:base, long, correlation = corSymm(form = ~ visit | id),
               weights = varIdent(form = ~ 1 | when), method = "REML"))
  seconds <- seconds + time[["user.self"]] + time[["sys.self"]]
  b <- coef(fit)
  top <- levels(long$arm)[nlevels(long$arm)]
  loglik[i] <- as.numeric(logLik(fit))
  effect[i] <- b[[paste0("when3:arm", top)]] - b[["when3:arm0"]]
}
cat(toJSON(list(seconds = seconds, loglik = loglik, effect = effect, version = as.character(packageVersion("nlme"))),
           auto_unbox = TRUE, digits = 12))
