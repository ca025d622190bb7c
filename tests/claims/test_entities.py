"""Claims of the chapter on named entities."""

import numpy as np
import pytest

from rnnbook.experiments import entities

CONDITIONS = (
    f"Sentences of a small grammar, half of those held out with new names. LSTMs of {entities.ALONE} "
    f"units read forward, with a table of tags and without, {entities.UPDATES['forward']} updates; "
    f"one of {entities.EACH} units each way reads both ways until its loss is below "
    f"{entities.SOLVED:g}, at most {entities.UPDATES['both ways']} updates. Batches of "
    f"{entities.BATCH}, learning rate {entities.LEARNING_RATE:g}. A later word is the verb after the "
    "name."
)

AFTER = ("soon after", "later")


def found(result, name):
    """The share of right names that a later word decides, (seed, place)."""
    return np.stack([result.right[name, place] for place in AFTER], axis=1)


@pytest.mark.learned
def test_words_after_a_name_decide(result, show):
    """Words after a name can decide its type. Where a later word decides, the network that reads
    both ways gets over 0.75 of the names right. The network that reads forward gets less than 0.5
    of these names right.
    """
    show("right names, both ways", found(result, "both ways"), above=0.75, limit=1)
    show(
        "right names, forward",
        found(result, "forward"),
        below=0.5,
        untrained_too="an untrained network does not find them either",
    )


@pytest.mark.learned
def test_two_neighbours_beat_a_forward_network(result, show):
    """Two neighbours beat a forward LSTM. A classifier with two neighbours has a higher F1 than the
    forward network. Where the verb comes after the neighbours, the classifier's share of right
    names is over 0.3 lower than that of the network that reads both ways.
    """
    for kind in entities.KNOWN:
        more = result.f1["neighbours", kind] - result.f1["forward", kind]
        show(
            f"F1 of the classifier less that of the forward network: {kind} names",
            more,
            above=0,
            limit=1,
            untrained_too="an untrained network finds fewer names than any classifier",
        )
    behind = result.right["both ways", "later"] - result.right["neighbours", "later"]
    show("right names, both ways less classifier", behind, above=0.3, limit=1)


@pytest.mark.learned
def test_mask_repairs_and_foresees_nothing(result, show):
    """A mask repairs tags but foresees nothing. Where the second word decides, the share of right
    names is over 0.3 higher with a mask, alone or with a learned table, than for the forward
    network. Where a later word decides, this share is below 0.5.
    """
    for name in ("forward, mask", "table, mask"):
        more = result.right[name, "inside"] - result.right["forward", "inside"]
        show(
            f"right names more than without, second word decides: {name}", more, above=0.3, limit=1
        )
        show(
            f"right names, a later word decides: {name}",
            found(result, name),
            below=0.5,
            untrained_too="an untrained network does not find them either",
        )


@pytest.mark.learned
def test_only_the_mask_promises_legal_tags(result, show):
    """Only a mask guarantees legal tags. With a learned table, fewer sentences get illegal tags,
    but on shuffled words some sentences still do. With the mask, no sentence does.
    """
    illegal = result.illegal
    kept = illegal["forward", "as written"] - illegal["table", "as written"]
    show("sentences kept from illegal tags by the table", kept, above=0, limit=1)
    show(
        "illegal sentences, shuffled, table alone",
        illegal["table", "shuffled"],
        above=0.005,
        untrained_too="a table of zeros forbids nothing",
    )
    for name in ("forward, mask", "table, mask"):
        for order in entities.ORDERS:
            show(
                f"illegal sentences, {order}: {name}",
                illegal[name, order],
                equal=0,
                untrained_too="the mask is a rule, whatever the weights are",
            )


@pytest.mark.here
def test_forward_network_finds_fewer_names_than_the_classifier(page, show):
    """In every run the forward network has a lower F1 than the classifier with two neighbours."""
    for kind in entities.KNOWN:
        more = page.f1["neighbours", kind] - page.f1["forward", kind]
        show(f"F1 that the classifier has more: {kind} names", more, above=0.0, limit=1)


@pytest.mark.here
@pytest.mark.learned
def test_both_ways_beats_all(page, show):
    """The network that reads both ways beats all other taggers."""
    for kind in entities.KNOWN:
        others = [
            values for (name, k), values in page.f1.items() if k == kind and name != "both ways"
        ]
        more = page.f1["both ways", kind] - np.max(others, axis=0)
        show(f"F1 above the best of the others: {kind} names", more, above=0.02, limit=1)
