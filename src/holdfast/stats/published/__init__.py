"""Published metrics, under their published definitions: arrays or lists of words in, figures out.

People compare tools by these, so they are here, exact and in bounded memory. None of them has a null: what reality itself would have scored
is not among their answers, and the measures of this project are no wrapper around them. Each file says what its metric is blind to.
"""
