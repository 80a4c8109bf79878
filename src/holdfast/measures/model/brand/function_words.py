"""Function words: the small words of a language, which a writer chooses by habit and not by subject."""

from __future__ import annotations

# Closed classes of English: a subject brings nouns, verbs and adjectives of its own, and hardly any of these.
_ENGLISH = """
a an the this that these those such
i me my mine myself you your yours yourself yourselves he him his himself she her hers herself it its itself
we us our ours ourselves they them their theirs themselves one ones oneself who whom whose which what whatever
whoever whichever someone somebody something anyone anybody anything everyone everybody everything nobody nothing none
each every either neither both all any some no another other others many much more most few fewer less least several
enough own same
am is are was were be been being do does did done doing have has had having will would shall should can could may
might must ought cannot let need
i'm you're he's she's it's we're they're that's there's here's what's who's let's i've you've we've they've i'd you'd
he'd she'd we'd they'd i'll you'll he'll she'll it'll we'll they'll isn't aren't wasn't weren't don't doesn't didn't
haven't hasn't hadn't won't wouldn't can't couldn't shouldn't mustn't
of in to for with on at from by about as into like through after over between out against during without before under
around among within along across behind beyond towards toward upon off above below near since until till per via despite
beside besides throughout inside outside onto past except amid amongst up down away back
and or but nor so yet if because although though while whereas unless than whether once lest
when where why how whenever wherever however therefore thus hence moreover furthermore nevertheless nonetheless
otherwise instead meanwhile indeed accordingly consequently additionally finally overall
not never also too very just only even still already again ever always often sometimes usually rather quite almost
perhaps maybe really actually simply merely nearly hardly barely especially particularly generally here there then now
well else together apart later soon yes
"""
ENGLISH: frozenset[str] = frozenset(_ENGLISH.split())
"""Folded, with straight apostrophes."""
LEAST_SHARE = 0.25
"""Of English prose four to five words in ten are function words, of short questions three; of other languages hardly any."""
