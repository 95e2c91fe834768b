"""What a refusal shows to whoever logs it."""

import traceback

from watchword import jwt


def shown(refusal: jwt.JoseError) -> list[str]:
    """Return every text that leads out of a refusal, and out of what it was raised from."""
    texts = [str(refusal), repr(refusal), refusal.public, refusal.hint, refusal.detail]
    texts += ["".join(traceback.format_exception_only(refusal))]
    context = refusal.__context__
    while context is not None:
        texts += [repr(context), str(vars(context))]
        context = context.__context__
    return texts
