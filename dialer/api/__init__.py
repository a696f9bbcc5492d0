"""The REST API, version 1: shapes in, one engine function, shapes out.

Owns addresses, authentication, errors and pagination; decides nothing about calls.
"""
