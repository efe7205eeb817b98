"""A local DLI: a real HTTP server that stands in for Huawei Cloud DLI's Flink job API.

It is the second witness of the DLI documents: it was written from them alone and refuses what they say DLI refuses.
It therefore imports nothing from `dli_provider.api` or `dli_provider.spec`, and neither of those may import it:
were both sides to share code, one mistake would cancel the other.

Route -> rules -> store: `app` names the calls, `gateway` answers each of them (authentication, faults, request log),
`calls` holds one small function per call, `rules` what DLI accepts, `states` what each status allows, `runners`
what time does to a job, `store` what survives the process.
"""
