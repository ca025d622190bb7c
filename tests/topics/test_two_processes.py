"""Two processes: shards, what the launcher starts, and one process beside our own sum."""

import subprocess
import sys

import pytest
import torch

from rnnbook.experiments import two_processes


@pytest.mark.parametrize("sizes", [[8], [5, 3], [1, 2, 5]])
def test_shards_cut_all_rows_and_each_once(sizes):
    rows = torch.arange(8)
    parts = [rows[part] for part in two_processes.shards(sizes)]
    assert [len(part) for part in parts] == sizes
    assert torch.equal(torch.cat(parts), rows)


def test_one_process_reads_chunks_as_the_whole_is_read():
    model, chunks = two_processes.model_and_chunks(seed=0)
    assert len(chunks) == two_processes.TASK.length // two_processes.CHUNK
    xs = torch.cat([x for x, _ in chunks], dim=1)
    whole, _ = model(xs)
    state, parts = None, []
    for x, _ in chunks:
        output, state = model(x, state)
        parts.append(output)
    torch.testing.assert_close(torch.cat(parts, dim=1), whole)


@pytest.mark.parametrize("processes", [1, 3])
def test_launcher_trains_on_any_number_of_processes(processes, tmp_path):
    """Three share eight rows unequally; the weights stay equal, and the task is learned."""
    launcher = ["torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", "-m"]
    done = subprocess.run(
        [sys.executable, "-m", *launcher, two_processes.__name__],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert f"{processes} processes" in done.stdout
    assert "differ between them by 0e+00" in done.stdout
    right = float(done.stdout.split("updates: ")[1].split()[0])
    assert right > 0.9
