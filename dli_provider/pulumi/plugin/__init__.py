"""The second door: a provider plugin of its own, `pulumi-resource-dli`, that the engine speaks gRPC to.

It is a face like `dli_provider.resource`: what the verbs mean stands in `job_verbs` and `template_verbs`, for both
doors. What a dynamic provider has to be given as arguments comes with the engine's calls here: whose a resource is, and
how long to wait for it. The engine's protocol is answered as it is, not by way of `pulumi.provider.experimental`, which
has no room for a value that is not known yet.

plugin_process            the process: it starts, serves, and ends with its engine
servicer                  the engine's calls, each handed to the face of its resource
faces                     what the engine's calls come down to, for every kind of resource
job_face, template_face   a `FlinkSqlJob` and a `FlinkTemplate` for the engine, around the verbs
imported                  a job that the state does not have yet
detailed_diff             which properties change, one by one
structs                   property bags on the wire: what is secret in them, and what is not known yet
host                      lines at the row of their resource
functions                 look-ups
package_names             the names of what the package has, and the keys of its config
protocol                  the engine's messages, from Pulumi's SDK
package_schema            what the package offers, for every language, made from the declared fields
"""
