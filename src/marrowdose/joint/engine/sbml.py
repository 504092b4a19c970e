"""A mechanism as SBML Level 3 Version 2, for other simulators to check ours: rate rules, events, MathML."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as Xml

from ...errors import require, require_between
from ..expression import number, parse, symbol
from ..mechanism import Event, Mechanism

CORE = "http://www.sbml.org/sbml/level3/version2/core"
MATH = "http://www.w3.org/1998/Math/MathML"
_TIME = "http://www.sbml.org/sbml/symbols/time"
_OPERATORS = {"+": "plus", "-": "minus", "*": "times", "/": "divide", "**": "power"}
_NAMES = {
    "exp": "exp",
    "log": "ln",
    "sqrt": "root",
    "sin": "sin",
    "cos": "cos",
    "tanh": "tanh",
    "abs": "abs",
    "min": "min",
    "max": "max",
}


def to_sbml(model: Mechanism, doses: Sequence[tuple[float, float]] = (), events: Iterable[Event] = ()) -> str:
    """The document as text: one patient with the default parameters; doses (time, amount) and events
    included.

    States and parameters are SBML parameters without units; a dose at time 0 is part of the start. Read-outs
    are assignment rules. Raises ``InputError``.
    """
    require(not doses or model.dose is not None, "takes no dose", where=f"mechanism {model.name}")
    happenings = list(model.events)
    for time, amount in doses:
        require_between(time, 0, 1e9, where="time of a dose")
        require_between(amount, 0, 1e9, where="dose")
        assert model.dose is not None
        gain = f"{model.dose.state} + {amount!r}*({number(model.dose.scale, 'dose')})"
        happenings.insert(0, Event(time=time, target=model.dose.state, value=gain))
    for event in events:
        model.check_event(event)
        happenings.append(event)
    happenings.sort(key=lambda e: e.time)
    changed = {e.target for e in happenings}

    Xml.register_namespace("", CORE)
    root = Xml.Element(f"{{{CORE}}}sbml", {"level": "3", "version": "2"})
    body = Xml.SubElement(
        root, f"{{{CORE}}}model", {"id": model.name, "name": f"{model.name} ({model.label})"}
    )
    quantities = _list(body, "listOfParameters")
    for p in model.parameters:
        fixed = "false" if p.name in changed else "true"
        _add(quantities, "parameter", id=p.name, value=repr(float(p.value)), constant=fixed)
    for name in (*model.state_names, *model.definitions, *model.outputs):
        _add(quantities, "parameter", id=name, constant="false")
    starts = _list(body, "listOfInitialAssignments")
    for s in model.states:
        _math(_add(starts, "initialAssignment", symbol=s.name), number(s.start, s.name))
    rules = _list(body, "listOfRules")
    for name, text in (*model.definitions.items(), *model.outputs.items()):
        _math(_add(rules, "assignmentRule", variable=name), number(text, name))
    for s in model.states:
        _math(_add(rules, "rateRule", variable=s.name), number(s.rate, s.name))
    if happenings:
        found = _list(body, "listOfEvents")
        for k, event in enumerate(happenings):
            node = _add(found, "event", id=f"event{k}", useValuesFromTriggerTime="false")
            trigger = _add(node, "trigger", initialValue="false", persistent="true")
            math = Xml.SubElement(trigger, f"{{{MATH}}}math")
            reached = _apply(math, "geq")
            _content(reached, ast.Name(id="t"))
            _content(reached, ast.Constant(value=float(event.time)))
            _math(_add(node, "priority"), repr(len(happenings) - k))
            actions = _list(node, "listOfEventAssignments")
            _math(_add(actions, "eventAssignment", variable=event.target), number(event.value, "event"))
    return Xml.tostring(root, encoding="unicode", xml_declaration=True)


def _list(parent: Xml.Element, name: str) -> Xml.Element:
    return Xml.SubElement(parent, f"{{{CORE}}}{name}")


def _add(parent: Xml.Element, name: str, **attributes: str) -> Xml.Element:
    return Xml.SubElement(parent, f"{{{CORE}}}{name}", attributes)


def _math(parent: Xml.Element, text: str) -> None:
    _content(Xml.SubElement(parent, f"{{{MATH}}}math"), parse(text))


def _apply(parent: Xml.Element, operator: str) -> Xml.Element:
    node = Xml.SubElement(parent, f"{{{MATH}}}apply")
    Xml.SubElement(node, f"{{{MATH}}}{operator}")
    return node


def _content(parent: Xml.Element, tree: ast.expr) -> None:
    match tree:
        case ast.Constant():
            _number(parent, float(tree.value))  # type: ignore[arg-type]
        case ast.Name(id="t"):
            time = Xml.SubElement(parent, f"{{{MATH}}}csymbol", {"encoding": "text", "definitionURL": _TIME})
            time.text = "t"
        case ast.Name():
            Xml.SubElement(parent, f"{{{MATH}}}ci").text = tree.id
        case ast.UnaryOp():
            inner = _apply(parent, "minus") if isinstance(tree.op, ast.USub) else parent
            _content(inner, tree.operand)
        case ast.Call(func=ast.Name(id="heaviside")):
            choice = Xml.SubElement(parent, f"{{{MATH}}}piecewise")
            piece = Xml.SubElement(choice, f"{{{MATH}}}piece")
            _number(piece, 1.0)
            reached = _apply(piece, "geq")
            _content(reached, tree.args[0])
            _number(reached, 0.0)
            _number(Xml.SubElement(choice, f"{{{MATH}}}otherwise"), 0.0)
        case ast.Call():
            assert isinstance(tree.func, ast.Name)
            node = _apply(parent, _NAMES[tree.func.id])
            for argument in tree.args:
                _content(node, argument)
        case ast.BinOp():
            node = _apply(parent, _OPERATORS[symbol(tree)])
            _content(node, tree.left)
            _content(node, tree.right)


def _number(parent: Xml.Element, value: float) -> None:
    mantissa, _, exponent = repr(value).partition("e")
    node = Xml.SubElement(parent, f"{{{MATH}}}cn", {"type": "e-notation"} if exponent else {"type": "real"})
    node.text = mantissa
    if exponent:
        Xml.SubElement(node, f"{{{MATH}}}sep").tail = exponent
