import numpy as np

import bplab
from bplab import data, zoo


def test_five_samples_begin_with_the_card_and_have_errors_of_both_signs():
    x, y = data.five_samples()
    assert (x.shape, y.shape) == ((5, 2), (5, 1))
    np.testing.assert_array_equal(x[:1], zoo.card()[0])
    np.testing.assert_array_equal(y[:1], zoo.card()[1])
    errors = bplab.two_two_one().forward(x).y_hat - y
    assert errors.min() < -0.1 < 0.1 < errors.max()


def test_five_samples_have_one_decimal_and_neither_0_nor_1():
    for values in data.five_samples():
        np.testing.assert_array_equal(values, values.round(1))
        assert not np.isin(np.abs(values), (0, 1)).any()


def test_the_line_points_lie_about_their_line():
    x, y = data.line_points()
    assert x.shape == y.shape == (6, 1)
    for values in x, y:
        np.testing.assert_array_equal(values, values.round(1))
    errors = 0.8 * x + 0.5 - y
    assert np.abs(errors).max() < 0.3
    a, b = np.polyfit(x.ravel(), y.ravel(), 1)
    assert (abs(a - 0.8) < 0.1, abs(b - 0.5) < 0.2) == (True, True)


def test_the_digits_are_whole_and_split_without_overlap():
    digits = data.digits()
    assert [array.shape for array in digits] == [(1437, 64), (1437,), (360, 64), (360,)]
    pixels = np.vstack([digits.x, digits.x_test])
    assert (pixels.min(), pixels.max()) == (0, 1)
    np.testing.assert_array_equal(pixels * 16, (pixels * 16).round())
    # As published: how often each digit occurs, and the sum of all pixels.
    labels = np.concatenate([digits.labels, digits.labels_test])
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert round(pixels.sum() * 16) == 561718
    assert min(np.bincount(digits.labels_test)) > 20
    assert not {row.tobytes() for row in digits.x} & {row.tobytes() for row in digits.x_test}


def test_a_digit_looks_like_its_label():
    digits = data.digits()
    means = np.array([digits.x[digits.labels == label].mean(axis=0) for label in range(10)])
    nearest = ((digits.x_test[:, None, :] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == digits.labels_test).mean() > 0.85


def test_the_noisy_points_have_noise_of_the_size_that_is_said():
    x, y = data.noisy_points()
    assert (x.shape, y.shape) == ((200, 2), (200, 1))
    noise = y - np.sin(2 * x[:, :1]) - x[:, 1:] / 2
    assert 0.17 < noise.std() < 0.23
    assert abs(noise.mean()) < 0.05
    np.testing.assert_array_equal(data.noisy_points(0)[1], y)
    assert not np.array_equal(data.noisy_points(1)[1], y)


def test_the_noisy_line_has_noise_of_the_size_that_is_said():
    x, y = data.noisy_line()
    assert x.shape == y.shape == (30, 1)
    assert 0.5 < (y - 0.8 * x - 0.5).std() < 0.9
    np.testing.assert_array_equal(data.noisy_line(4)[1], y)
