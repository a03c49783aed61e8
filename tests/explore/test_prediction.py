import pytest

from bplab import explore
from bplab.explore.prediction import LATEST


@pytest.fixture(autouse=True)
def _nothing_predicted():
    LATEST.clear()
    yield
    LATEST.clear()


def test_the_next_explorer_shows_the_prediction_and_what_happened() -> None:
    prediction = explore.predict("b grows. What does a do?", ["it falls", "it rises"])
    neuron = explore.neuron()
    assert neuron.comparison == ""
    assert neuron.shell._said.layout.display == "none"
    prediction.buttons.value = "it falls"
    assert neuron.comparison == "You predicted: it falls. So far the output a is as at the start."
    before = neuron.numbers["a"]
    neuron.set(b=1.5)
    said = f"You predicted: it falls. Since the start the output a rose from {before:.4g} to {neuron.numbers['a']:.4g}."
    assert neuron.comparison == said
    assert neuron.shell._said.value == said
    neuron.set(b=-1.5)
    assert "the output a fell" in neuron.comparison


def test_choosing_in_python_moves_the_buttons() -> None:
    prediction = explore.predict("?", ["yes", "no"])
    assert prediction.buttons.value is None
    prediction.choose("no")
    assert prediction.buttons.value == "no"
    with pytest.raises(ValueError, match="'maybe' is none of the choices: yes, no"):
        prediction.choose("maybe")


def test_only_the_explorer_that_follows_takes_it_also_when_run_again() -> None:
    prediction = explore.predict("?", ["yes", "no"])
    prediction.choose("yes")
    assert explore.line().comparison.startswith("You predicted: yes.")
    assert explore.neuron().comparison == ""
    assert explore.line().comparison.startswith("You predicted: yes.")


def test_what_is_stored_is_stable_and_tells_question_and_choices() -> None:
    bundle = explore.predict("Up or down?", ["up", "down"])._repr_mimebundle_()
    assert bundle["text/plain"] == "Predict: Up or down? up / down"
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]


@pytest.mark.parametrize("choices", ["yes", ["yes"], ["yes", "yes"], [1, 2]])
def test_choices_that_are_none_are_refused(choices) -> None:
    with pytest.raises((TypeError, ValueError), match="choices is"):
        explore.predict("?", choices)
