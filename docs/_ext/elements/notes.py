"""``.. note::`` and ``.. list-table::``, which docutils brings, to pages and to notebooks."""

from __future__ import annotations

from docutils.parsers.rst.directives import admonitions, tables

from elements import Element


class Note(admonitions.Note, Element):
    """Say something aside."""

    names = ("note",)
    holds_prose = True


class ListTable(tables.ListTable, Element):
    """Show a table that is written as a list of lists."""

    names = ("list-table",)
    holds_prose = True
