"""The command palette: every action, place, finding, package, check, environment and past operation by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from doctor.tui import places
from doctor.tui.environments import EnvironmentsScreen
from doctor.tui.help import EVERYWHERE

if TYPE_CHECKING:
    from doctor.tui.app import EnvDoctor
    from doctor.tui.examination import ExaminationScreen

Entry = tuple[str, str, Callable[[], object]]

#: packages that are offered for one search; who wants another types more of its name
_PACKAGES = 40
#: keys that mean what they mean everywhere, or that only move a cursor
_LEFT_OUT = ("back", "go")


class Everything(Provider):
    """Offers what can be reached from here."""

    async def discover(self) -> Hits:
        """Offer actions, findings, environments and what was done before anything is typed."""
        for text, about, do in (*self._actions(), *self._found(), *self._environments(), *self._operations()):
            yield DiscoveryHit(Content(text), do, text=text, help=about)

    async def search(self, query: str) -> Hits:
        """Offer what holds every word that was typed; what begins with the words first."""
        words = query.lower().split()
        packages = 0
        for text, about, do in self._entries():
            lowered = text.lower()
            where = [lowered.find(word) for word in words]
            if not words or min(where) < 0:
                continue
            packages += text.startswith("Package: ")
            if packages > _PACKAGES and text.startswith("Package: "):
                continue
            yield Hit(_score(lowered, where, len(query)), _marked(text, words), do, text=text, help=about)

    @property
    def _app(self) -> EnvDoctor:
        return cast("EnvDoctor", self.app)

    def _entries(self) -> Iterator[Entry]:
        yield from self._actions()
        yield from self._found()
        yield from self._environments()
        yield from self._operations()
        yield from self._packages()
        yield from self._checks()

    def _actions(self) -> Iterator[Entry]:
        """What keys do on this screen, then the places that g leads to."""
        keys = (*getattr(self.screen, "KEYS", ()), *EVERYWHERE)
        told = {key: what for keys_of_one, what in reversed(keys) for key in keys_of_one.split()}
        seen: set[str] = set()
        for key, active in sorted(self.screen.active_bindings.items(), key=lambda item: item[0].startswith("ctrl+")):
            binding = active.binding
            if not active.enabled or not binding.description or binding.action in seen:
                continue
            if not _is_ours(active.node, binding.action):
                continue
            seen.add(binding.action)
            shown = self.app.get_key_display(binding) or key
            about = told.get(shown) or told.get(shown.capitalize(), "")
            do = partial(self.app.run_action, binding.action, default_namespace=active.node)
            yield binding.description, f"{shown}  {about}".rstrip(), do
        for place in places.places(self._app):
            yield f"Go to: {place.title}", "", place.go

    def _found(self) -> Iterator[Entry]:
        examination = places.examination_of(self._app)
        for finding in examination.findings.values() if examination else ():
            text = f"Finding: {finding.code} {finding.subject}"
            yield text, finding.summary, partial(examination.open_finding, finding)  # type: ignore[union-attr]

    def _environments(self) -> Iterator[Entry]:
        for screen in self.app.screen_stack:
            if isinstance(screen, EnvironmentsScreen):
                for environment in screen.environments.values():
                    yield f"Examine: {environment.name}", str(environment.prefix), partial(screen.examine, environment)

    def _operations(self) -> Iterator[Entry]:
        from doctor.tui.history import what, when
        from doctor.tui.past_operation import PastOperationScreen

        for operation in self._app.operations:
            text = f"Done: {what(operation)} in {operation.name}, {when(operation)}"
            about = operation.text or "unfinished"
            yield text, about, lambda operation=operation: self.app.push_screen(PastOperationScreen(operation))  # type: ignore[misc]

    def _packages(self) -> Iterator[Entry]:
        examination = places.examination_of(self._app)
        if examination is None:
            return
        facts = examination._facts
        for record in facts.conda.records:
            text = f"Package: {record.name} {record.version}"
            yield text, f"conda, {record.channel}", partial(self._package, examination, f"conda:{record.name}")
        for dist in facts.distributions.installed:
            if dist.installer != "conda":
                text = f"Package: {dist.name} {dist.version}"
                yield text, dist.summary, partial(self._package, examination, dist.key)

    def _package(self, examination: ExaminationScreen, owner: str) -> None:
        from doctor.tui.package import PackageScreen

        self.app.push_screen(PackageScreen(examination.environment, examination._facts, owner))

    def _checks(self) -> Iterator[Entry]:
        from doctor import checks
        from doctor.tui.explanation import ExplanationScreen

        for check in checks.load():
            text = f"Explain: {check.code} {check.name}"
            yield text, check.title, lambda check=check: self.app.push_screen(ExplanationScreen(check))  # type: ignore[misc]


def _is_ours(node: object, action: str) -> bool:
    """Whether an action is one of envdoctor's: not a movement of the cursor, not one of Textual's own."""
    name = action.rpartition(".")[2].partition("(")[0]
    owner = next((kind for kind in type(node).__mro__ if f"action_{name}" in vars(kind)), object)
    return name not in _LEFT_OUT and owner.__module__.startswith("doctor.")


def _score(text: str, where: list[int], typed: int) -> float:
    """Between 0 and 1: more where the words begin the text or a word in it, and where little else is in the text."""
    begins = sum(2 if at == 0 else 1 if not text[at - 1].isalnum() else 0 for at in where) / (2 * len(where))
    return 0.5 * begins + 0.3 / (1 + min(where)) + 0.2 * min(typed / len(text), 1.0)


def _marked(text: str, words: list[str]) -> Content:
    """The text with what was typed made visible."""
    shown = Content(text)
    for word in words:
        at = text.lower().find(word)
        shown = shown.stylize("bold underline", at, at + len(word))
    return shown
