"""From a symptom to its cause: what a message says, and what of this environment explains it.

paste       bytes that were pasted, to clean lines and the exceptions in them
recognise   lines to known messages, with what they name
presence    what the facts say of the module, file or library that a message names
ranking     findings to causes, the best founded first
finding     all of it, over a real environment
answer      what came of it, as plain data for reports and screens
"""
