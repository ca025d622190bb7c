/* Search: what a reader wants first. Chapters and questions before the reference and the proofs, and a
   word in a heading before one in the text. */
var Scorer = {
  score: ([docname, , , , score, , kind]) => {
    const places = [
      [/^proofs\//, -20],
      [/^api\//, -12],
      [/(^|\/)index$|^takeaways$|^interview\/|^references$/, -8],
      [/^chapters\/[1-5]_/, 4],
    ];
    const place = places.find(([where]) => where.test(docname));
    return score + (place ? place[1] : 0) + (kind === "title" ? 8 : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
