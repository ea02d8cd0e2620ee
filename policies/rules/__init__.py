"""What an access policy requires of a role: pure functions of the document, the environment and facts.

`policy.Policy` is a document made ready for many questions, `requirements.Requirements` the answer,
`requirements.combined` the answer for several roles, and `wishes.objections` checks a request against it.
"""
