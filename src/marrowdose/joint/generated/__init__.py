"""Written by ``python -m marrowdose.joint.engine.generate``: readable source for each mechanism in ``models``."""
