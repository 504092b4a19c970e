"""The options of each command, a file each: light, for this is all that ``--help`` imports.

``add_parser(commands)`` adds a command with its options and says by ``run`` which module of ``cli`` does it.
"""
