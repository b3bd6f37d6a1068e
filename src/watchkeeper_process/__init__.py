"""How an engine of ours starts, logs and stops; nothing about what it does.

One module a matter. Facts are returned or raised, and the engine words them: its messages are its own documentation. Imports
stay within the standard library, because the idle memory of every engine is counted.
"""
