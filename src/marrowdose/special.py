"""Special functions of SciPy, without the half second that ``import scipy.special`` takes.

The functions lie in one compiled module, which loads in no time. The package around it prepares them for
arrays of other libraries, and for that imports all of NumPy, its Fortran compiler and test tools included. So
the package is stepped past, once, where nobody has imported it yet; where SciPy is arranged otherwise, it is
imported as usual. The functions are the same objects either way.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from types import ModuleType

import numpy as np

_PACKAGE = "scipy.special"


def _compiled() -> ModuleType:
    """The module of the compiled functions, or the whole package."""
    if _PACKAGE in sys.modules:
        return sys.modules[_PACKAGE]
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is not None:
        sys.modules[_PACKAGE] = importlib.util.module_from_spec(spec)  # its place alone: nothing of it runs
        try:
            return importlib.import_module(f"{_PACKAGE}._ufuncs")
        except ImportError:
            pass
        finally:
            del sys.modules[_PACKAGE]
    return importlib.import_module(_PACKAGE)


_FUNCTIONS = _compiled()
bdtr: np.ufunc = _FUNCTIONS.bdtr
betainc: np.ufunc = _FUNCTIONS.betainc
betaincc: np.ufunc = _FUNCTIONS.betaincc
betaincinv: np.ufunc = _FUNCTIONS.betaincinv
betaln: np.ufunc = _FUNCTIONS.betaln
chdtrc: np.ufunc = _FUNCTIONS.chdtrc
chdtri: np.ufunc = _FUNCTIONS.chdtri
expit: np.ufunc = _FUNCTIONS.expit
fdtrc: np.ufunc = _FUNCTIONS.fdtrc
gammaincc: np.ufunc = _FUNCTIONS.gammaincc
gammaln: np.ufunc = _FUNCTIONS.gammaln
logit: np.ufunc = _FUNCTIONS.logit
ndtr: np.ufunc = _FUNCTIONS.ndtr
ndtri: np.ufunc = _FUNCTIONS.ndtri
pdtr: np.ufunc = _FUNCTIONS.pdtr
pdtrc: np.ufunc = _FUNCTIONS.pdtrc
stdtr: np.ufunc = _FUNCTIONS.stdtr
stdtrit: np.ufunc = _FUNCTIONS.stdtrit
xlog1py: np.ufunc = _FUNCTIONS.xlog1py
xlogy: np.ufunc = _FUNCTIONS.xlogy
