"""What a template may hold: text, values, conditions. So it ends, stays small, and cannot fail on some mail alone.

Jinja's sandbox keeps a template away from the program, but not from `{% for %}` loops without end or a text of a
gigabyte. All values are short texts, so that nothing is missed without loops, calls and arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

FILTERS = ("capitalize", "default", "lower", "title", "trim", "upper")
ALLOWED = f"text, {{{{ name }}}}, {{% if name %}} with ==, !=, and, or, not; the filters {', '.join(FILTERS)}"

_ALLOWED_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
    nodes.Filter,
)
_WORDS: dict[type[nodes.Node], str] = {
    nodes.For: "a loop",
    nodes.Getattr: "an attribute",
    nodes.Getitem: "an index",
    nodes.Call: "a call",
    nodes.Assign: "an assignment",
    nodes.AssignBlock: "an assignment",
    nodes.Include: "another file",
    nodes.Import: "another file",
    nodes.FromImport: "another file",
    nodes.Extends: "another file",
    nodes.Macro: "a macro",
    nodes.Test: "a test with `is`",
}
_COMPARISONS = ("eq", "ne")


def faults(template: nodes.Template, names: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Every line with something that is not allowed, and what it is, in the order of the text."""
    waiting: list[nodes.Node] = [template]
    found: list[tuple[int, str]] = []
    while waiting:
        node = waiting.pop()
        fault = _fault(node, names)
        if fault:
            found.append((node.lineno, fault))
        if not fault or isinstance(node, nodes.Filter):
            waiting += _within(node)
    yield from sorted(set(found))


def _within(node: nodes.Node) -> Iterator[nodes.Node]:
    """What the node is made of; Jinja tells no line of an operand, only of the comparison and what is compared."""
    for child in node.iter_child_nodes():
        yield from child.iter_child_nodes() if isinstance(child, nodes.Operand) else (child,)


def _fault(node: nodes.Node, names: frozenset[str]) -> str:
    """What is wrong with one node, or nothing."""
    if isinstance(node, nodes.Name):
        return "" if node.name in names else f"the unknown name {node.name!r}"
    if isinstance(node, nodes.Filter):
        return _filter_fault(node)
    if isinstance(node, nodes.Compare):
        return "" if all(one.op in _COMPARISONS for one in node.ops) else "a comparison other than == and !="
    if isinstance(node, _ALLOWED_NODES):
        return ""
    return next((words for kind, words in _WORDS.items() if isinstance(node, kind)), _plainly(node))


def _filter_fault(node: nodes.Filter) -> str:
    """Filters that are called as they take it: `default` with the text for an empty value, the others with nothing."""
    if node.name not in FILTERS:
        return f"the filter {node.name!r}"
    most = 2 if node.name == "default" else 0
    if node.kwargs or node.dyn_args or node.dyn_kwargs or len(node.args) > most:
        return f"the filter {node.name!r} with other arguments" if most else f"the filter {node.name!r} with arguments"
    return ""


def _plainly(node: nodes.Node) -> str:
    """What a rarer thing is called: `Pow` is arithmetic, the rest goes by its name."""
    if isinstance(node, nodes.BinExpr | nodes.UnaryExpr):
        return "arithmetic"
    return f"what Jinja calls {type(node).__name__}"
