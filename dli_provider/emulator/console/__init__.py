"""The console of the local DLI: pages for people, made on the server, at the address of the local DLI.

It shows what there is and switches faults; it holds no rule of DLI, runs no script, and loads nothing from elsewhere.
What came from users is escaped by the templates, and what is secret in their SQL is masked before it gets there.
"""
