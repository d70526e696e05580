"""What is wrong with a pack's letters before anybody is owed one: what they name, include, and how they are written."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from jinja2 import Environment, TemplateSyntaxError, nodes
from pydantic import BaseModel

from cases.notice_words import NoticeWords
from cases.pack_languages import FOLDER, languages_of
from cases.pack_mistakes import PackMistake, nearest
from cases.packs import templates_in

_SUBJECT: Final = "Subject: "
_OURS: Final = frozenset(
    {"loop", "self", "super", "caller", "varargs", "kwargs", "namespace", "range", "joiner", "cycler"}
)
_SHOWN: Final = "policies/README.md lists what a notice may say."
Known = Mapping[str, type[BaseModel] | None]  # a name in scope, and which fields it has; None: any


def letter_mistakes(files: Mapping[str, str]) -> tuple[PackMistake, ...]:
    """Every mistake of every letter, in each language of the pack: such a letter would be owed, and never written."""
    templates = templates_in(files)
    return tuple(
        mistake
        for folder in ("", *(f"{language}/" for language in languages_of(files)))
        for mistake in _of_language(folder, _within(templates, folder))
    )


def _within(templates: Mapping[str, str], folder: str) -> dict[str, str]:
    names = (name for name in templates if name.startswith(folder) and name.endswith(".j2"))
    own = {name.removeprefix(folder): templates[name] for name in names}
    return {name: text for name, text in own.items() if "/" not in name}


def _of_language(folder: str, templates: Mapping[str, str]) -> Iterator[PackMistake]:
    environment = Environment(autoescape=True)
    for name, text in sorted(templates.items()):
        file = f"{FOLDER}{folder}{name}"
        if name.endswith(".txt.j2") and not name.startswith("_") and not text.startswith(_SUBJECT):
            yield PackMistake(
                file, 1, "", "", "the first line is no subject", f"Begin with {_SUBJECT!r} and what it is."
            )
        try:
            environment.compile(text)  # which also knows filters and tests
            tree = environment.parse(text)
        except TemplateSyntaxError as error:
            yield PackMistake(
                file, error.lineno, "", "", f"is no template: {error.message}", "Mend it as Jinja has it."
            )
            continue
        for line, problem, cure in _problems(tree, {"notice": NoticeWords}, templates):
            yield PackMistake(file, line, "", "", problem, cure)


def _problems(node: nodes.Node, known: Known, templates: Mapping[str, str]) -> Iterator[tuple[int, str, str]]:
    """Line, message and cure of what this part of a template cannot mean. known: names in scope."""
    if isinstance(node, nodes.Include | nodes.Extends | nodes.Import | nodes.FromImport):
        wanted = node.template.value if isinstance(node.template, nodes.Const) else None
        if wanted not in templates:
            yield node.lineno, f"there is no {wanted!r} beside it", nearest(str(wanted), templates)
    if isinstance(node, nodes.For):
        yield from _problems(node.iter, known, templates)
        inside = {**known, **dict.fromkeys(_bound(node.target))}
        if isinstance(node.target, nodes.Name):
            inside[node.target.name] = _model(node.iter, known)
        for child in (*node.body, *node.else_):
            yield from _problems(child, inside, templates)
        return
    if isinstance(node, nodes.Template | nodes.Block | nodes.Macro | nodes.CallBlock | nodes.With):
        known = {**known, **dict.fromkeys(_assigned(node))}
    if isinstance(node, nodes.Name) and node.ctx == "load" and node.name not in known and node.name not in _OURS:
        yield node.lineno, f"a letter knows nothing of {node.name!r}", f"It knows `notice`. {_SHOWN}"
    if isinstance(node, nodes.Getattr) and (model := _model(node.node, known)) and node.attr not in model.model_fields:
        yield node.lineno, f"{node.attr!r} is no field there", f"{nearest(node.attr, model.model_fields)} {_SHOWN}"
    for child in node.iter_child_nodes():
        yield from _problems(child, known, templates)


def _assigned(node: nodes.Node) -> Iterator[str]:
    for one in node.find_all(nodes.Name):
        if one.ctx in ("store", "param"):
            yield one.name
    yield from (macro.name for macro in node.find_all(nodes.Macro))
    yield from (one for imported in node.find_all(nodes.FromImport) for one in map(str, imported.names))
    yield from (imported.target for imported in node.find_all(nodes.Import))


def _bound(target: nodes.Node) -> Iterator[str]:
    if isinstance(target, nodes.Name):
        yield target.name
    for child in target.iter_child_nodes():
        yield from _bound(child)


def _model(node: nodes.Node, known: Known) -> type[BaseModel] | None:
    """Which fields the value of this expression has, or each of its values; None where that is not known."""
    return _first_model(_annotation(node, known))


def _annotation(node: nodes.Node, known: Known) -> Any:
    if isinstance(node, nodes.Name):
        return known.get(node.name)
    if isinstance(node, nodes.Getattr) and (model := _model(node.node, known)):
        field = model.model_fields.get(node.attr)
        return field.annotation if field else None
    return None


def _first_model(annotation: Any) -> type[BaseModel] | None:
    """The model in `X`, `X | None`, `tuple[X, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _first_model(part))), None)
