"""Plans carried out: the only part that acts on jobs, and the only one that waits.

Decides nothing about jobs: what is to be done, and in which order, comes from `plan`. A write is made once for
certain, and a plan that fails is taken back.

lifecycle                             the way in: create, adopt, update, delete, look
engine, carry_out                     a plan step by step, and taken back; how each step is done and undone
start, stop, savepoints, amend, creation  what a job can be asked for, each until it is so
look, adoption                        what DLI says of a job, as the planner sees it; which job may be adopted
handle, waiting, watch                one job looked at and asked; time; all the jobs that a process waits for
template_lifecycle                    the same for job templates
"""
