"""The example application: three small services that check whether devices can be reached, watched from all sides.

It knows ``watchkeeper_instrument`` and public client libraries, and nothing else of Watchkeeper: any application could be in
its place. Which service does what is told in the README beside this package.
"""
