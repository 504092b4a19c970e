"""Special functions are SciPy's own, whether the package around them was imported before, later or never."""

import pytest

from own_process import printed_by

ALL = """
names = [name for name in vars(special) if not name.startswith("_") and hasattr(scipy.special, name)]
assert len(names) >= 20
assert all(getattr(special, name) is getattr(scipy.special, name) for name in names)
assert scipy.special._ufuncs.ndtri is special.ndtri
assert scipy.stats.norm.ppf(0.975) == special.ndtri(0.975)
"""


@pytest.mark.parametrize(
    "first",
    [
        "from marrowdose import special\nimport scipy.special, scipy.stats",
        "import scipy.special, scipy.stats\nfrom marrowdose import special",
    ],
)
def test_the_same_objects(first):
    printed_by("-c", first + ALL)


def test_the_package_is_stepped_past():
    code = "import sys\nfrom marrowdose import special\nassert 'scipy.special' not in sys.modules"
    printed_by("-c", code)


def test_scipy_arranged_otherwise():
    code = """
import importlib
real = importlib.import_module
def absent(name, package=None):
    if name.endswith("_ufuncs"):
        raise ImportError(name)
    return real(name, package)
importlib.import_module = absent
from marrowdose import special
import scipy.special
assert special.ndtri is scipy.special.ndtri
"""
    printed_by("-c", code)
