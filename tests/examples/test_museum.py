"""Every exhibit of the museum is refuted, every right form proved, and the page says so."""

from __future__ import annotations

from examples.museum.__main__ import PAGE, exhibits, page, proved_part


def test_the_page_is_up_to_date_and_without_problems() -> None:
    text, problems = page(checkers=False)
    assert not problems
    assert len(exhibits()) > 60
    assert proved_part(PAGE.read_text(encoding="utf-8")) == proved_part(text), "run python -m examples.museum"
