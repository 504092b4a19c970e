"""What is said, written and shown of a Recommendation: complete, plain, escaped, and the same twice."""

import io
import json
import re
from dataclasses import replace

import jsonschema
import pytest
from rich.console import Console

from marrowdose import wording
from marrowdose.domain import BANNER, Answer, Goal, Recommendation
from marrowdose.patient.sentences import three_sentences
from marrowdose.report.frame.words import STALE
from marrowdose.report.plan import explanations, words
from marrowdose.report.plan.json import to_json
from marrowdose.report.plan.page import to_html
from marrowdose.report.plan.terminal import print_plan
from marrowdose.report.schemas import schema
from recommendation import band, sample

VERDICTS = ("range", "no_dose", "refused")
EVIL = "<script>alert('x')</script> & \"[bold]y[/bold]\""
SAMPLES = {
    **{v: sample(v) for v in VERDICTS},  # type: ignore[arg-type]
    "stale": sample(stale=True),
    "no baseline": sample(baseline_known=False),
    "evil": sample(note=EVIL),
}
every_sample = pytest.mark.parametrize("rec", SAMPLES.values(), ids=SAMPLES)


def terminal(rec: Recommendation, width: int = 80) -> str:
    out = io.StringIO()
    print_plan(rec, Console(file=out, width=width, color_system=None))
    return out.getvalue()


def visible(page: str) -> str:
    """The words of a page, without styles and tags."""
    return re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", page, flags=re.S))


# words --------------------------------------------------------------------------------------------------


def test_three_sentences_of_a_range() -> None:
    answer, sure, more = three_sentences(sample())
    assert (
        answer == "10 to 40 million cells; the lowest, 10 million, is named first "
        "because more cells cost more and are not shown to do more."
    )
    assert (
        sure
        == "With 10 million cells, 61 of 100 such patients are expected to have at least 10 points less pain "
        "after 12 months, against 48 of 100 with placebo. Compared with placebo, 10 million cells add about "
        "7 points (the trials allow −1 to 15), and we are 95 % sure that they do more."
    )
    assert more.startswith("Is 100 million better than 25 million? The trials do not tell the doses apart: ")
    assert "31 %" in more


def test_three_sentences_of_one_dose() -> None:
    answer = three_sentences(replace(sample(), dose_high=10.0))[0]
    assert answer == "10 million cells; no other dose within the limits is expected to do as well."


def test_three_sentences_of_no_dose() -> None:
    answer, sure, _ = three_sentences(sample("no_dose"))
    assert answer.startswith(
        "No dose: not one of those looked at reaches what was asked, which is at least 10"
    )
    assert "65 of 100 such patients" in answer
    assert "local reaction in no more than 35 of 100" in answer
    assert sure.startswith("Even with the best of them, 25 million cells, 62 of 100")


def test_three_sentences_of_a_refusal() -> None:
    answer, sure, more = three_sentences(sample("refused"))
    assert answer.startswith("No dose is given for this patient. Rheumatoid arthritis was excluded")
    assert not re.search(r"\d+ of 100|\d %", sure + more)


def test_an_unknown_score_is_said_and_not_guessed() -> None:
    sure = three_sentences(sample(baseline_known=False))[1]
    assert "cannot be said, because today's pain score is not known" in sure
    assert "10 million cells add about 7 points" in sure


def test_a_dose_that_does_worse_is_said_to_fall_short() -> None:
    rec = sample("no_dose")
    rows = [
        replace(
            row,
            outlook=tuple(
                replace(
                    o, versus=tuple(replace(v, difference=band(-4.0, 3.0), p_better=0.1) for v in o.versus)
                )
                for o in row.outlook
            ),
        )
        for row in rec.doses
    ]
    sure = three_sentences(replace(rec, doses=tuple(rows)))[1]
    assert "fall short by about 4 points" in sure
    assert "the chance that they do more is 10 %" in sure


@pytest.mark.parametrize(
    "more, same, less, said",
    [
        (0.95, 0.03, 0.02, "Probably yes"),
        (0.5, 0.0, 0.5, "The trials do not tell the doses apart"),
        (0.1, 0.8, 0.1, "The trials do not tell the doses apart"),
        (0.05, 0.9, 0.05, "Probably not"),
        (0.02, 0.03, 0.95, "Probably less"),
    ],
)
def test_is_more_better(more: float, same: float, less: float, said: str) -> None:
    answer = Answer(
        question="Is A better?",
        p_more_is_better=more,
        p_same=same,
        p_less_is_better=less,
        p_difference_mcid=0.0,
    )
    assert words.answer_sentence(answer, Goal()).startswith(f"Is A better? {said}: ")


def test_numbers_claim_no_false_precision() -> None:
    assert [wording.percent(p) for p in (0.0, 0.004, 0.5, 0.996, 1.0)] == [
        "less than 1 %",
        "less than 1 %",
        "50 %",
        "more than 99 %",
        "more than 99 %",
    ]
    assert [wording.people(p) for p in (0.001, 0.58, 0.999)] == [
        "fewer than 1 of 100",
        "58 of 100",
        "more than 99 of 100",
    ]
    assert [wording.number(x) for x in (12.4, -0.04, 0.96, -3.6)] == ["12", "0", "1", "−4"]
    assert wording.dose_range(2.5, 40.9) == "2.5 to 40.9 million"
    assert [wording.points_added(x) for x in (1.2, 0.3, -0.3, -7.0)] == [
        "add about 1 point",
        "add less than 1 point",
        "fall short by less than 1 point",
        "fall short by about 7 points",
    ]


def test_every_term_is_explained_for_the_goal() -> None:
    terms = dict(explanations.glossary(Goal()))
    assert {"MCID", "Responder", "Band"} <= set(terms)
    assert "10 points. Source: OARSI" in terms["MCID"]


# JSON ---------------------------------------------------------------------------------------------------


@every_sample
def test_json_follows_the_published_schema(rec: Recommendation) -> None:
    text = to_json(rec)
    jsonschema.Draft202012Validator(schema("recommendation/2")).validate(json.loads(text))
    assert text.endswith("}\n")
    assert "NaN" not in text


def test_json_keeps_six_digits_and_the_sentences() -> None:
    rec = replace(sample(), evpi=0.123456789)
    data = json.loads(to_json(rec))
    assert data["evpi"] == 0.123457
    assert data["sentences"] == list(three_sentences(rec))


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_json_refuses_what_is_no_number_and_says_where(bad: float) -> None:
    rec = sample()
    rows = (replace(rec.doses[0], p_best=bad), *rec.doses[1:])
    with pytest.raises(ValueError, match=r"recommendation\.doses\[0\]\.p_best"):
        to_json(replace(rec, doses=rows))


# every rendering ----------------------------------------------------------------------------------------


@every_sample
def test_the_same_recommendation_gives_the_same_bytes(rec: Recommendation) -> None:
    assert to_json(rec) == to_json(replace(rec))
    assert to_html(rec) == to_html(replace(rec))
    assert terminal(rec) == terminal(replace(rec))


@every_sample
def test_no_dead_words(rec: Recommendation) -> None:
    for text in (visible(to_html(rec)), terminal(rec), " ".join(three_sentences(rec))):
        assert not re.search(r"\b(None|nan|inf|undefined)\b|\{|\}", text)


@every_sample
def test_every_rendering_carries_the_banner_and_the_three_sentences(rec: Recommendation) -> None:
    page = " ".join(visible(to_html(rec)).replace("\u00a0", " ").split())
    said = " ".join(terminal(rec).split())
    for text in (page, said):
        assert BANNER in text
        assert words.headline(rec) in text
        for sentence in three_sentences(rec)[1:]:
            assert sentence in text.replace("&#39;", "'")


@every_sample
def test_a_stale_fit_is_warned_of(rec: Recommendation) -> None:
    assert ("WARNING." in terminal(rec)) == rec.stale
    assert (STALE in visible(to_html(rec))) == rec.stale


# the page -----------------------------------------------------------------------------------------------


@every_sample
def test_the_page_stands_alone(rec: Recommendation) -> None:
    page = to_html(rec)
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<h1") == 1
    assert '<html lang="en">' in page
    assert "<main" in page
    assert not re.search(r"<script|<link|@import|src=|url\((?!#)", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    named = re.findall(r'(?:aria-labelledby|aria-describedby)="([^"]+)"', page)
    assert set(" ".join(named).split()) <= set(ids)
    assert all(target in ids for target in re.findall(r'href="#([^"]+)"', page))
    assert all("scope=" in head for head in re.findall(r"<th\b[^>]*>", page))


def test_text_from_outside_is_escaped() -> None:
    page = to_html(SAMPLES["evil"])
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_refusal_states_no_benefit() -> None:
    rec = replace(sample("refused"), doses=sample().doses)
    assert "<svg" not in to_html(rec)
    assert "Benefit" not in terminal(rec)


def test_the_page_shows_every_dose_and_why_it_is_refused() -> None:
    rec = sample()
    text = visible(to_html(rec))
    for row in rec.doses:
        assert f" {wording.dose_text(row.dose)} " in text
        assert all(wording.sentence(s.sentence) in text for s in (*row.refusals, *row.cautions))


# the terminal -------------------------------------------------------------------------------------------


@every_sample
@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_keeps_to_80_columns(rec: Recommendation, width: int) -> None:
    assert max(len(line.rstrip()) for line in terminal(rec, width).splitlines()) <= 80


def test_the_terminal_reads_no_markup_from_outside() -> None:
    rec = replace(sample(), caveats=("[bold]y[/bold] [/]",))
    assert "[bold]y[/bold] [/]" in terminal(rec)


def test_the_terminal_names_the_first_dose_without_colour() -> None:
    line = next(line for line in terminal(sample()).splitlines() if "named first" in line)
    assert line.split()[0] == "10"
