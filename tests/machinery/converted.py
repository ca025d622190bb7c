"""The topics whose claims still wait for the form of the others; none is added."""

NOT_YET = {
    "beam",
}
