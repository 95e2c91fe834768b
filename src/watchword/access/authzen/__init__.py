"""AuthZEN Authorization API 1.0: questions read, decided and answered, without a socket.

`parse` turns a body into questions, `point` answers them from a policy and a world of stored
subjects and rows, `pages` cuts the results of searches. The endpoints are in `server`.

Source: OpenID AuthZEN Authorization API 1.0; access.md section 11.
"""
