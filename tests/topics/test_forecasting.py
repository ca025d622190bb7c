"""Forecasts: the held-out part stays out, and competitors equal statsmodels' own."""

import sys

import numpy as np
import pytest
import torch

from rnnbook.data.columns import read_column
from rnnbook.experiments import forecasting
from rnnbook.tasks.forecasting import Forecasting, measured


def counted(**settings):
    """A task whose numbers are their places."""
    return Forecasting(values=tuple(range(100)), window=6, horizon=3, held_out=20, **settings)


@pytest.mark.parametrize("lag", [0, 4])
def test_training_sees_nothing_of_the_held_out_part(lag):
    changed = (*range(80), *(v + 1000 for v in range(80, 100)))
    settings = {"window": 6, "horizon": 3, "held_out": 20, "lag": lag}
    one = Forecasting(values=tuple(range(100)), **settings)
    other = Forecasting(values=changed, **settings)
    drawn = [task.batch(500, torch.Generator().manual_seed(0)) for task in (one, other)]
    assert torch.equal(*(batch.inputs[0] for batch in drawn))
    assert torch.equal(*(batch.target for batch in drawn))
    assert one.training[-1] < one.truth.min()


def test_a_model_reads_what_lies_before_the_origin_and_answers_what_lies_behind():
    task = counted()
    mean, spread = task.training.mean(), task.training.std()
    last = task.known()[:, -1, 0].numpy() * spread + mean
    assert last == pytest.approx(np.array(task.origins) - 1, abs=1e-4)
    assert (task.truth[:, 0] == task.origins).all()
    assert task.truth[-1, -1] == 99


@pytest.mark.parametrize("lag", [0, 1, 2, 5])
def test_right_answers_are_restored_to_the_truth(lag):
    values = tuple(np.random.default_rng(0).normal(size=60))
    task = Forecasting(values=values, window=4, horizon=3, held_out=12, lag=lag)
    right = np.stack([task.scaled[t - lag : t - lag + 3] for t in task.origins])
    assert task.restored(right) == pytest.approx(task.truth)


def test_rest_of_the_rest_is_the_task():
    assert counted().rest != counted()
    assert counted().rest.rest == counted()


def test_the_series_are_those_of_statsmodels():
    years, spots = measured("sunspots")
    assert (years[0], years[-1], len(spots)) == ("1700", "2008", 309)
    months, air = measured("CO2")
    assert (months[0], months[-1], len(air)) == ("1958-03", "2001-12", 526)
    assert np.isfinite(air).all()


def test_autoregression_equals_statsmodels():
    from statsmodels.tsa.ar_model import AutoReg

    task = forecasting.sunspots()
    ours = forecasting.autoregress(task, 9)
    fitted = AutoReg(task.training, lags=9).fit()
    theirs = fitted.forecast(task.horizon)
    assert ours[0] == pytest.approx(theirs)
    later = fitted.apply(task.numbers[: task.origins[7]]).forecast(task.horizon)
    assert ours[7] == pytest.approx(later)


def test_sarima_equals_statsmodels():
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    task = forecasting.carbon()
    ours = forecasting.seasonal_arima(task, 12)
    model = SARIMAX(task.training, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12))
    fitted = model.fit(disp=False)
    for i in (0, 5):
        known = fitted.apply(task.numbers[: task.origins[i]])
        assert ours[i] == pytest.approx(known.forecast(task.horizon), rel=1e-5)


def test_each_answer_fed_back_is_read():
    class Doubles(torch.nn.Module):
        def forward(self, xs):
            return 2 * xs, None

    given = forecasting.answer(Doubles(), torch.tensor([[[5.0], [1.0]]]), 4)
    assert given.tolist() == [[2, 4, 8, 16]]


def test_errors_by_hand():
    task = Forecasting(values=tuple(range(20)), window=2, horizon=2, held_out=3)
    assert forecasting.errors(task, forecasting.repeat(task)).tolist() == [1, 2]


def test_seasons_are_found():
    assert forecasting.season_of(forecasting.sunspots().training) == 11
    assert forecasting.season_of(forecasting.carbon().training) == 12
    assert forecasting.season_of(np.random.default_rng(0).normal(size=200).cumsum()) == 1


@pytest.mark.parametrize("module", ["statsmodels.datasets", "statsmodels.tsa.ar_model"])
def test_missing_statsmodels_names_the_extra(monkeypatch, module):
    task = counted()
    monkeypatch.setitem(sys.modules, module, None)
    measured.cache_clear()
    with pytest.raises(ImportError, match=r"rnnbook\[data\]"):
        Forecasting() if module.endswith("datasets") else forecasting.autoregress(task, 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"series": "stocks"},
        {"window": 0},
        {"horizon": 0},
        {"lag": -1},
        {"part": "test"},
        {"column": "a"},
        {"values": (1.0, 2.0), "path": "a"},
        {"values": (1.0, 2.0, 3.0)},
        {"values": (1.0, float("nan")) * 100},
        {"held_out": 3},
        {"held_out": 300},
    ],
)
def test_wrong_parameter_is_refused(wrong):
    with pytest.raises(ValueError, match="Forecasting"):
        Forecasting(**wrong)


GOOD = {
    "points": b"year,price\n2000,1.5\n2001,-2\n2002,3e1\n",
    "decimal comma": b"year;price\r\n2000;1,5\r\n2001;-2\r\n2002;30,0\r\n",
    "quoted comma": b'year,price\n2000,"1,5"\n2001,"-2,0"\n2002,"30,0"\n',
    "tabs": b"year\tprice\n2000\t1,5\n2001\t-2\n2002\t30\n",
    "mark and blank lines": b"\xef\xbb\xbf\nprice,year\n1.5,2000\n\n-2,2001\n30,2002\n\n",
    "three decimals": b"year;price\n2000;1,500\n2001;-2,000\n2002;30,000\n",
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD.keys())
def test_good_column_is_read(tmp_path, content):
    path = tmp_path / "own.csv"
    path.write_bytes(content)
    assert read_column(path, "price") == (1.5, -2.0, 30.0)


BAD = {
    "missing": (None, FileNotFoundError, "found nothing"),
    "empty": (b"", ValueError, "none of them visible"),
    "latin-1": ("année,price\n1,2\n".encode("latin-1"), ValueError, "UTF-8"),
    "no such column": (b"year,Price\n1,2\n", ValueError, "'year', 'Price'"),
    "twice": (b"price,price\n1,2\n", ValueError, "more than once"),
    "gap": (b"year,price\n1,2\n2,\n3,NA\n", ValueError, "none in 2 of 3 rows, the first in line 3"),
    "short row": (b"year,price\n1,2\n2\n", ValueError, "none in 1 of 2 rows"),
    "words": (b"year,price\n1,2\n2,cheap\n", ValueError, "'cheap' in line 3"),
    "units": (b"year,price\n1,2 EUR\n", ValueError, "units"),
    "both signs": (b'year,price\n1,"2,5"\n2,2.5\n', ValueError, "write all with a point"),
    "thousands": (b'year,price\n1,"1,234"\n2,999\n', ValueError, "thousands"),
    "thousands, semicolon": (b"year;price\n1;1,234\n2;999\n", ValueError, "thousands"),
    "millions": (b'year,price\n1,"1,234,567"\n', ValueError, "thousands"),
    "too large": (b"year,price\n1,1e999\n", ValueError, "too large"),
}


@pytest.mark.parametrize(("content", "error", "words"), BAD.values(), ids=BAD.keys())
def test_bad_column_is_refused_with_the_reason(tmp_path, content, error, words):
    path = tmp_path / "own.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=words):
        read_column(path, "price")


def written(path, values):
    rows = (f"{i};{value:.3f}".replace(".", ",") for i, value in enumerate(values))
    path.write_text("\n".join(["when;ppm", *rows]), encoding="utf-8")
    return path


def test_own_column_gets_sizes_that_fit(tmp_path):
    for length in (60, 100, 400):
        task = forecasting.own(written(tmp_path / "own.csv", measured("CO2")[1][:length]), "ppm")
        assert task.horizon == task.lag == 12
        assert task.batch(2, torch.Generator().manual_seed(0)).target.isfinite().all()


@pytest.mark.parametrize(
    ("values", "words"), [((1, 2, 3), "too short"), ((5,) * 90, "change"), (range(20), "too short")]
)
def test_own_column_too_short_or_constant_is_refused(tmp_path, values, words):
    with pytest.raises(ValueError, match=words):
        forecasting.own(written(tmp_path / "own.csv", values), "ppm")


def test_own_column_is_measured_beside_its_competitors(tmp_path, monkeypatch):
    monkeypatch.setattr(forecasting, "UPDATES", 2)
    task = forecasting.own(written(tmp_path / "own.csv", measured("CO2")[1][:100]), "ppm")
    found = forecasting.compare(task)
    assert {"persistence", "AR", "LSTM, levels", "LSTM, differences"} <= found.keys()
    assert all(error.shape == (12,) and np.isfinite(error).all() for error in found.values())
