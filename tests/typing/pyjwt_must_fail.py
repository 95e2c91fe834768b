"""Calls behind the PyJWT door that must not type-check: each ignore is an error if it is unused."""

import watchword.pyjwt as jwt

jwt.encode({}, 5)  # type: ignore[arg-type]
jwt.encode("claims", "x" * 32)  # type: ignore[arg-type]
jwt.decode("t", "x" * 32, algorithms=["HS256"], options={"verify_everything": True})  # type: ignore[arg-type]
jwt.decode("t", "x" * 32, algorithms=["HS256"], leeway="10")  # type: ignore[arg-type]
jwt.PyJWS().encode("text", "x" * 32)  # type: ignore[arg-type]
