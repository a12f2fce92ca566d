"""How verdicts on recorded rows are scored, and the table that is printed. Rules: the contract's section on scoring."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

OUTCOMES_THEMSELVES = frozenset({"timeout"})
"""Labels that are nothing but the client's reaction: foretelling can't know them."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What we said of one row."""

    verdict: str
    headline: str | None
    candidates: tuple[str, ...] = ()


@dataclass(slots=True)
class Scoreboard:
    """Counts over rows, by client and by label; ``misses`` name every row that is not wholly right."""

    title: str
    rows: int = 0
    right: int = 0
    headlines: int = 0
    right_headlines: int = 0
    wrong_accepted: int = 0
    by_client: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    by_label: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    misses: list[str] = field(default_factory=list)

    def take(self, row: dict[str, Any], answer: Answer, *, foretold: bool) -> None:
        """Score one row; one whose label is nothing but the client's reaction can't be foretold and doesn't count."""
        if foretold and row["label"] in OUTCOMES_THEMSELVES:
            return
        expected = "accepted" if row["connected"] else "refused"
        right = answer.verdict == expected or (foretold and row["cut_undecidable"] and answer.verdict == "cannot-tell")
        self.rows += 1
        self.right += right
        counted = {"rows": 1, "right": int(right)}
        if answer.verdict == "accepted" and expected == "refused":
            self.wrong_accepted += 1
            counted["wrong accepted"] = 1
        if answer.verdict == "cannot-tell" and not right:
            counted["cannot tell"] = 1
        if expected == "refused" and not (foretold and row["cut_undecidable"]):
            headline = headline_is_right(row, answer)
            self.headlines += 1
            self.right_headlines += headline
            counted |= {"headlines": 1, "right headline": int(headline)}
            right = right and headline
        self.by_client[row["client"]].update(counted)
        self.by_label[row["label"]].update(counted)
        if not right:
            said = answer.headline or "-"
            self.misses.append(
                f"{row['client']} {row['case']}: {answer.verdict} {said} {','.join(answer.candidates)}"
                f" (expected {expected} {'/'.join(row['accept'])})"
            )

    def share(self) -> float:
        """Right verdicts, of all rows."""
        return self.right / self.rows if self.rows else 0.0

    def headline_share(self) -> float:
        """Right headlines, of all refused rows that count."""
        return self.right_headlines / self.headlines if self.headlines else 0.0

    def table(self, most_misses: int = 60) -> str:
        """The scoreboard as text."""
        head = f"{self.title}: {self.rows} rows, {self.share():.2%} right verdicts"
        rest = f"{self.wrong_accepted} wrong accepted, {self.headline_share():.2%} right headlines of {self.headlines}"
        lines = [f"{head}, {rest}"]
        for name, groups in (("client", self.by_client), ("label", self.by_label)):
            lines.append(f"  {name:32} {'rows':>5} {'right':>6} {'accepted!':>9} {'cannot':>6} {'headline':>9}")
            lines.extend(_line(key, counts) for key, counts in groups.items())
        lines.extend(f"  ! {miss}" for miss in self.misses[:most_misses])
        if len(self.misses) > most_misses:
            lines.append(f"  ! and {len(self.misses) - most_misses} more")
        return "\n".join(lines)


def headline_is_right(row: dict[str, Any], answer: Answer) -> bool:
    """In the row's ``accept``; for a bare refusal server-alert with the label among at most eight candidates."""
    if answer.headline in row["accept"]:
        return True
    return bool(
        row["bare_refusal"]
        and answer.headline == "server-alert"
        and row["label"] in answer.candidates
        and len(answer.candidates) <= 8
    )


def _line(key: str, counts: Counter[str]) -> str:
    return (
        f"  {key:32} {counts['rows']:5} {counts['right']:6} {counts['wrong accepted']:9} {counts['cannot tell']:6} "
        f"{counts['right headline']:5}/{counts['headlines']}"
    )


def total(boards: Iterable[Scoreboard]) -> int:
    """Rows over several boards."""
    return sum(board.rows for board in boards)
