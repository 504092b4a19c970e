"""The table of bad patients: name, input, what is wrong, what helps."""

from bad_input import (
    GONE,
    patient_case,
)
from marrowdose.patient.intake import EXAMPLE

PAIN, FUNCTION = EXAMPLE["pain"], EXAMPLE["function"]
SCORES = {"pain": GONE, "function": GONE}
LATER = {"treated_dose": 40, "follow_up": [{"month": 3, "pain": PAIN}]}


PATIENTS = [
    # scores
    patient_case(
        "impossible score", {"pain": {**PAIN, "value": 21}}, "pain.value: 21 is not usable", "0 to 20"
    ),
    patient_case("negative score", {"pain": {**PAIN, "value": -1}}, "-1 is not usable", "0 to 20"),
    patient_case(
        "value of another version",
        {"pain": {**PAIN, "value": 55}},
        "55 is not usable",
        "check the score and the version",
    ),
    patient_case(
        "range of another version",
        {"pain": {**PAIN, "max": 500}},
        "0–500 is that of another version than 'Likert'",
        "0–20",
    ),
    patient_case(
        "mixed versions",
        {"function": {**FUNCTION, "version": "VAS"}},
        "0–68 is that of another version",
        "0–170 or 0–1700",
    ),
    patient_case(
        "unknown range", {"pain": {**PAIN, "max": 30}}, "not known with the range 0–30", "0–20 or 0–50"
    ),
    patient_case(
        "reversed range", {"pain": {**PAIN, "min": 20, "max": 0}}, "not known with the range 20–0", "0–20"
    ),
    patient_case("empty range", {"pain": {**PAIN, "min": 20}}, "not known with the range 20–20", "0–20"),
    patient_case(
        "score without range",
        {"pain": {"instrument": "womac_pain", "value": 11}},
        "'min' is missing",
        "its range (min, max)",
    ),
    patient_case("score without value", {"pain": {**PAIN, "value": None}}, "'value' is missing", "its value"),
    patient_case("score as a number", {"pain": 11}, "11 is not a score", '{"instrument": "womac_pain"'),
    patient_case("score as text", {"pain": {**PAIN, "value": "11"}}, "'11' is not usable", "a plain number"),
    patient_case("score true", {"pain": {**PAIN, "value": True}}, "true is not usable", "a plain number"),
    patient_case(
        "unknown instrument",
        {"pain": {**PAIN, "instrument": "womac"}},
        "unknown instrument 'womac'",
        "womac_pain",
    ),
    patient_case(
        "instrument as a list",
        {"pain": {**PAIN, "instrument": ["womac_pain"]}},
        "unknown instrument a list",
        "womac_pain",
    ),
    patient_case(
        "WOMAC total as pain",
        {"pain": {**PAIN, "instrument": "womac_total", "max": 96}},
        "does not measure pain alone",
        "vas_pain",
    ),
    patient_case(
        "function as pain", {"pain": FUNCTION}, "WOMAC function does not measure pain", "womac_pain"
    ),
    patient_case(
        "misspelt field of a score",
        {"pain": {**PAIN, "valeu": 3}},
        "unknown field 'valeu'",
        "perhaps 'value'",
    ),
    patient_case("version as a number", {"pain": {**PAIN, "version": 3.1}}, "3.1 is no version", "Likert"),
    # what is needed
    patient_case("no age", {"age": GONE}, "age is missing", "are needed"),
    patient_case("age null", {"age": None}, "age is missing", "are needed"),
    patient_case("no grade", {"kl_grade": GONE}, "KL grade is missing", "from the radiology report"),
    patient_case("no score", SCORES, "neither pain nor function", "instrument, min, max and value"),
    patient_case(
        "no score but global",
        {**SCORES, "global": {"instrument": "vas_global", "min": 0, "max": 100, "value": 50}},
        "neither pain nor function",
        "give one score",
    ),
    # grade and age
    patient_case("KL 7", {"kl_grade": 7}, "7 is no Kellgren–Lawrence grade", "0, 1, 2, 3, 4"),
    patient_case("KL 2.5", {"kl_grade": 2.5}, "2.5 is no Kellgren", "0, 1, 2, 3, 4"),
    patient_case("KL as text", {"kl_grade": "3"}, "'3' is no Kellgren", "a plain number"),
    patient_case("KL true", {"kl_grade": True}, "true is no Kellgren", "0, 1, 2, 3, 4"),
    patient_case("KL negative", {"kl_grade": -1}, "-1 is no Kellgren", "0, 1, 2, 3, 4"),
    patient_case("age -1", {"age": -1}, "age: -1 is not usable", "0 to 120 years"),
    patient_case("age 999", {"age": 999}, "age: 999 is not usable", "0 to 120 years"),
    patient_case("age in words", {"age": "sixty"}, "'sixty' is text, not a number", "0 to 120 years"),
    patient_case("age in digits as text", {"age": "61"}, "'61' is text, not a number", "0 to 120 years"),
    patient_case("age false", {"age": False}, "false is not a number", "0 to 120 years"),
    patient_case("age as a list", {"age": [61]}, "a list is not a number", "0 to 120 years"),
    patient_case("age of 300 digits", {"age": 10**300}, "a number that long is not usable", "0 to 120 years"),
    # cells
    patient_case("negative cells", {"treated_dose": -5}, "-5 is not usable", "0 to 1000 million cells"),
    patient_case(
        "cells, not millions of them", {"treated_dose": 1e9}, "1000000000 is not usable", "million cells"
    ),
    patient_case("cells of fat", {"cell_source": "ad_msc"}, "'ad_msc' is not known", "bm_msc"),
    patient_case("unknown donor", {"donor": "brother"}, "'brother' is not known", "autologous, allogeneic"),
    # body
    patient_case(
        "height in metres",
        {"bmi": GONE, "height_cm": 1.68, "weight_kg": 70},
        "height_cm: 1.68 is not usable",
        "100 to 250 cm",
    ),
    patient_case(
        "weight in grams",
        {"bmi": GONE, "height_cm": 168, "weight_kg": 70000},
        "weight_kg: 70000 is not usable",
        "25 to 350 kg",
    ),
    patient_case(
        "height without weight", {"bmi": GONE, "height_cm": 168}, "go together", "give both, or bmi"
    ),
    patient_case(
        "height and weight swapped",
        {"bmi": GONE, "height_cm": 110, "weight_kg": 168},
        "a BMI of 138.8",
        "12 to 80",
    ),
    patient_case("BMI 500", {"bmi": 500}, "bmi: 500 is not usable", "12 to 80 kg/m²"),
    patient_case(
        "BMI against height and weight",
        {"bmi": 40, "height_cm": 168, "weight_kg": 70},
        "bmi 40 does not fit",
        "height and weight (24.8)",
    ),
    patient_case("sex as a letter", {"sex": "F"}, "'F' is not known", "female, male"),
    patient_case("half a condition", {"comorbidities": 1.5}, "must be a whole number", "count"),
    # fields
    patient_case("unknown field", {"shoe_size": 43}, "unknown field 'shoe_size'", "kl_grade"),
    patient_case("misspelt field", {"kl_garde": 3}, "unknown field 'kl_garde'", "perhaps 'kl_grade'"),
    patient_case("capital field", {"BMI": 29}, "unknown field 'BMI'", "perhaps 'bmi'"),
    patient_case("field of a megabyte", {"x" * 900_000: 1}, "unknown field 'xxx", "leave it out"),
    patient_case(
        "unknown condition", {"conditions": ["gout"]}, "'gout' is not known", "inflammatory_arthritis"
    ),
    patient_case(
        "condition not in a list", {"conditions": "pregnancy"}, "'pregnancy' is not a list", "a list of"
    ),
    patient_case(
        "conditions in a list of lists", {"conditions": [["pregnancy"]]}, "a list is not known", "pregnancy"
    ),
    patient_case(
        "unknown comparator", {"compare": ["opioid"]}, "'opioid' is not known", "placebo, ha, corticosteroid"
    ),
    # follow-up
    patient_case(
        "follow-up without dose",
        {**LATER, "treated_dose": GONE},
        "need the dose that was given",
        "add treated_dose",
    ),
    patient_case(
        "follow-up at month 0",
        {**LATER, "follow_up": [{"month": 0, "pain": PAIN}]},
        "month: 0 is not usable",
        "0.25 to 24 months",
    ),
    patient_case(
        "follow-up before treatment",
        {**LATER, "follow_up": [{"month": -3, "pain": PAIN}]},
        "month: -3 is not usable",
        "0.25 to 24 months",
    ),
    patient_case(
        "follow-up after 25 years",
        {**LATER, "follow_up": [{"month": 300, "pain": PAIN}]},
        "month: 300 is not usable",
        "0.25 to 24 months",
    ),
    patient_case(
        "follow-up without month", {**LATER, "follow_up": [{"pain": PAIN}]}, "month is missing", '{"month": 3'
    ),
    patient_case(
        "follow-up without score",
        {**LATER, "follow_up": [{"month": 3}]},
        "neither pain nor function",
        '{"month": 3',
    ),
    patient_case(
        "follow-up of another domain",
        {**LATER, "function": GONE, "follow_up": [{"month": 3, "function": FUNCTION}]},
        "needs the same domain at baseline",
        "give the score before",
    ),
    patient_case(
        "two scores of a month",
        {**LATER, "follow_up": [{"month": 3, "pain": PAIN}, {"month": 3.0, "pain": PAIN}]},
        "two pain scores at month 3",
        "keep one",
    ),
    patient_case(
        "two scores of an hour",
        {**LATER, "follow_up": [{"month": 3, "pain": PAIN}, {"month": 3.0000001, "pain": PAIN}]},
        "two pain scores",
        "one in 0.25 months",
    ),
    patient_case(
        "a thousand visits", {**LATER, "follow_up": LATER["follow_up"] * 1000}, "1000 visits", "up to 50"
    ),
    patient_case(
        "follow-up not in a list",
        {**LATER, "follow_up": {"month": 3}},
        "an object is no list of visits",
        '[{"month": 3',
    ),
    patient_case("visit as a number", {**LATER, "follow_up": [3]}, "3 is no visit", '{"month": 3'),
    patient_case(
        "misspelt field of a visit",
        {**LATER, "follow_up": [{"moth": 3, "pain": PAIN}]},
        "unknown field 'moth'",
        "perhaps 'month'",
    ),
]
