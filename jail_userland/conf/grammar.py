"""The grammar of a jail.conf. usr.sbin/jail/jailparse.y.

The original is a yacc grammar, and yacc's recovery after a syntax error shows in the messages.  It
drops states until a parameter could follow, then tokens up to a semicolon.  It reports no further
error before it has understood three tokens.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from jail_userland.conf.lexer import Kind, Lexer, Token
from jail_userland.conf.params import PF, CfParam, CfString, CfVar

SILENT_TOKENS = 3  # Errors within this many tokens after an error are not reported.


@dataclass(slots=True, eq=False)
class Block:
    """A jail's block, or the global parameters, which are the block of a jail "*"."""

    name: str
    parent: "Block | None" = None
    params: list[CfParam] = field(default_factory=list)


@dataclass(slots=True)
class Blocks:
    """What the files say, in order, across includes."""

    found: list[Block] = field(default_factory=list)
    current: Block | None = None
    globals: Block | None = None

    def open(self, name: str) -> None:
        """A block begins; inside another block it is a child of that jail."""
        name = name if self.current is None else f"{self.current.name}.{name}"
        self.current = Block(name, self.current)
        self.found.append(self.current)

    def close(self) -> None:
        """A block ends."""
        assert self.current is not None
        self.current = self.current.parent

    def add(self, param: CfParam) -> None:
        """A parameter: of the open block, else of all jails."""
        if self.current is not None:
            self.current.params.append(param)
            return
        if self.globals is None:
            self.globals = Block("*")
            self.found.append(self.globals)
        self.globals.params.append(param)


class State(Enum):
    """Where the parser is within the innermost block."""

    CONF = auto()  # a block, a parameter or the end may come
    NAME = auto()  # after a word that names a block or a parameter
    VARIABLE = auto()  # after a word that names a variable
    STRING = auto()  # a value must come
    VALUE = auto()  # after (a piece of) a value
    ERROR = auto()  # after a syntax error: only a semicolon helps


@dataclass(slots=True)
class Parser:
    """The parser of one file."""

    lexer: Lexer
    blocks: Blocks
    include: Callable[[Lexer, str], None]  # reads another file at this place
    state: State = State.CONF
    depth: int = 0  # how many blocks this file has open
    errflag: int = 0  # how many tokens must be understood before errors are reported again
    param: CfParam = field(default_factory=lambda: CfParam(""))

    def parse(self) -> bool:
        """Read to the end.  yyparse(); False if it gives up."""
        while True:
            token = self.lexer.next()
            while not self.shift(token):
                if self.state is State.ERROR:
                    if token.kind is Kind.EOF:
                        return False
                    break
                self.syntax_error(token)
            else:
                if token.kind is Kind.EOF:
                    return True
                self.errflag = max(self.errflag - 1, 0)

    def syntax_error(self, token: Token) -> None:
        """Report it, unless another error has just been reported, and give up this parameter."""
        lexer = self.lexer
        if self.errflag == 0:
            where = f"{lexer.cfname} line {lexer.lineno}: {token.text}: syntax error"
            lexer.warnx(where if token.text else f"{lexer.cfname}: unexpected EOF")
            lexer.error = True
        self.errflag = SILENT_TOKENS
        self.state = State.ERROR
        self.param = CfParam("")

    def shift(self, token: Token) -> bool:
        """Take a token; False if it cannot stand here."""
        kind = token.kind
        match self.state:
            case State.CONF:
                return self.shift_in_conf(token)
            case State.NAME if kind is Kind.OPEN:
                self.blocks.open(self.param.name)
                self.depth += 1
                self.state = State.CONF
                return True
            case State.NAME | State.VARIABLE:
                return self.shift_behind_name(token)
            case State.STRING:
                return self.begin_string(token)
            case State.VALUE if kind is Kind.STR1:
                self.param.val[-1].s += token.value
                return True
            case State.VALUE if kind is Kind.VAR1:
                string = self.param.val[-1]
                string.vars.append(CfVar(token.value, len(string.s)))
                return True
            case State.VALUE if kind is Kind.COMMA:
                self.state = State.STRING
                return True
            case State.VALUE | State.ERROR if kind is Kind.SEMICOLON:
                self.end_param()
                return True
            case _:
                return False

    def shift_in_conf(self, token: Token) -> bool:
        """Take what begins a block or a parameter, or ends a block or the file."""
        match token.kind:
            case Kind.STR:
                self.param = CfParam(token.value)
                self.state = State.NAME
            case Kind.VAR:
                self.param = CfParam(token.value, PF.VAR)
                self.state = State.VARIABLE
            case Kind.SEMICOLON:
                pass
            case Kind.CLOSE if self.depth:
                self.blocks.close()
                self.depth -= 1
            case Kind.EOF if not self.depth:
                pass
            case _:
                return False
        return True

    def shift_behind_name(self, token: Token) -> bool:
        """A parameter's value, with or without a sign before it, or its end."""
        match token.kind:
            case Kind.SEMICOLON:
                self.end_param()
            case Kind.EQUALS:
                self.state = State.STRING
            case Kind.PLEQ:
                self.param.flags |= PF.APPEND
                self.state = State.STRING
            case Kind.STR | Kind.VAR:
                self.param.flags |= PF.NAMEVAL
                return self.begin_string(token)
            case _:
                return False
        return True

    def begin_string(self, token: Token) -> bool:
        """The first piece of a value."""
        match token.kind:
            case Kind.STR:
                self.param.val.append(CfString(token.value))
            case Kind.VAR:
                self.param.val.append(CfString("", [CfVar(token.value, 0)]))
            case _:
                return False
        self.state = State.VALUE
        return True

    def end_param(self) -> None:
        """A parameter is complete; `.include "file"` is handled here too."""
        param, self.param, self.state = self.param, CfParam(""), State.CONF
        if param.flags != PF.NAMEVAL or param.name != ".include":
            self.blocks.add(param)
            return
        for string in param.val:
            if not string.vars:
                self.include(self.lexer, string.s)
                continue
            self.lexer.warnx(
                f"{self.lexer.cfname} line {self.lexer.lineno}: "
                "variables not permitted in '.include' filename"
            )
            self.lexer.error = True
