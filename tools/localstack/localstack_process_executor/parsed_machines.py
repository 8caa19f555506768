"""Remembers what a state machine's definition was parsed to.

LocalStack parses the definition anew for each execution: 40 KB are a quarter of a second of processor
time, while all other requests wait. The syntax tree is only read afterwards; what runs is made of it
for each execution, as before.
"""

from functools import lru_cache

from localstack.runtime import hooks


@hooks.on_infra_start()
def remember_parsed_machines() -> None:
    from localstack.services.stepfunctions.asl.parse import asl_parser as asl

    @lru_cache(maxsize=32)
    def tree_of(definition: str):
        listener = asl.SyntaxErrorListener()
        parser = asl.ASLParser(asl.CommonTokenStream(asl.ASLLexer(asl.InputStream(definition))))
        parser.removeErrorListeners()
        parser.addErrorListener(listener)
        tree = parser.state_machine()
        if listener.errors:
            raise asl.ASLParserException(errors=listener.errors)
        return tree

    def parse(definition: str):
        tree = tree_of(definition)
        return asl.Preprocessor().visit(tree), tree

    asl.AmazonStateLanguageParser.parse = staticmethod(parse)
