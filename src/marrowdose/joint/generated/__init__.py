"""Written by ``python -m marrowdose.joint.generate``: readable source for each mechanism in ``models``."""
