//! From words to a tree, by the grammar of XPath 1.0.

use super::UNSUPPORTED;
use super::lex::{self, Placed, Word};
use super::{Expression, FUNCTIONS, MAX_NESTING, Operator, Path, Start, Step, SyntaxError, To};

pub(super) fn read(text: &str) -> Result<Expression, SyntaxError> {
    let mut parser = Parser {
        words: lex::words(text)?,
        at: 0,
        depth: 0,
    };
    let expression = parser.binary(0)?;
    match parser.words.get(parser.at) {
        None => Ok(expression),
        Some(word) => Err(unexpected(word)),
    }
}

fn unexpected((word, at): &Placed) -> SyntaxError {
    let found = match word {
        Word::Number(value) => value.to_string(),
        Word::Text(text) => text.clone(),
        Word::Reference(name) => format!("${{{name}}}"),
        Word::Name(name) => name.clone(),
        Word::Sign(sign) => (*sign).to_owned(),
    };
    SyntaxError::Unexpected { found, at: *at }
}

/// From the loosest to the tightest.
const LEVELS: &[&[(&str, Operator)]] = &[
    &[("or", Operator::Or)],
    &[("and", Operator::And)],
    &[("=", Operator::Equal), ("!=", Operator::NotEqual)],
    &[
        ("<", Operator::Less),
        ("<=", Operator::LessOrEqual),
        (">", Operator::Greater),
        (">=", Operator::GreaterOrEqual),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[
        ("*", Operator::Multiply),
        ("div", Operator::Divide),
        ("mod", Operator::Remainder),
    ],
];

struct Parser {
    words: Vec<Placed>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at).map(|(word, _)| word)
    }

    fn sign(&self) -> Option<&'static str> {
        match self.peek() {
            Some(Word::Sign(sign)) => Some(sign),
            _ => None,
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.sign() == Some(sign);
        if found {
            self.at += 1;
        }
        found
    }

    fn close(&mut self, sign: &str, opened: &str, at: usize) -> Result<(), SyntaxError> {
        if self.take(sign) {
            return Ok(());
        }
        match self.words.get(self.at) {
            None => Err(SyntaxError::NotClosed {
                opened: opened.to_owned(),
                at,
            }),
            Some(word) => Err(unexpected(word)),
        }
    }

    fn place(&self) -> usize {
        self.words.get(self.at).map_or(0, |(_, at)| *at)
    }

    /// What the innermost call goes through counts against the nesting.
    fn nested<T>(
        &mut self,
        inside: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(SyntaxError::TooDeep);
        }
        let result = inside(self);
        self.depth -= 1;
        result
    }

    fn binary(&mut self, level: usize) -> Result<Expression, SyntaxError> {
        let Some(operators) = LEVELS.get(level) else {
            return self.unary();
        };
        let mut left = self.binary(level + 1)?;
        while let Some((_, operator)) = self
            .sign()
            .and_then(|sign| operators.iter().find(|(own, _)| *own == sign))
        {
            self.at += 1;
            let right = self.binary(level + 1)?;
            left = Expression::Two(*operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expression, SyntaxError> {
        if self.take("-") {
            return self.nested(|parser| Ok(Expression::Negative(Box::new(parser.unary()?))));
        }
        let mut left = self.path()?;
        while self.take("|") {
            let right = self.path()?;
            left = Expression::Two(Operator::Union, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn path(&mut self) -> Result<Expression, SyntaxError> {
        let at = self.place();
        let start = match self.peek().cloned() {
            None => return Err(SyntaxError::EndsEarly),
            Some(Word::Number(value)) => {
                self.at += 1;
                return Ok(Expression::Number(value));
            }
            Some(Word::Text(text)) => {
                self.at += 1;
                return Ok(Expression::Text(text));
            }
            Some(Word::Reference(name)) => {
                self.at += 1;
                let conditions = self.conditions()?;
                Start::Reference(name, conditions)
            }
            Some(Word::Name(name)) if self.is_call() => {
                self.at += 2;
                let call = self.call(name, at)?;
                let conditions = self.conditions()?;
                if conditions.is_empty() && !matches!(self.sign(), Some("/" | "//")) {
                    return Ok(call);
                }
                Start::Expression(Box::new(call), conditions)
            }
            Some(Word::Sign("(")) => {
                self.at += 1;
                let inner = self.nested(|parser| parser.binary(0))?;
                self.close(")", "(", at)?;
                let conditions = self.conditions()?;
                if conditions.is_empty() && !matches!(self.sign(), Some("/" | "//")) {
                    return Ok(inner);
                }
                Start::Expression(Box::new(inner), conditions)
            }
            Some(Word::Sign("/")) => {
                self.at += 1;
                let mut steps = Vec::new();
                if self.begins_step() {
                    steps.push(self.step()?);
                    self.steps(&mut steps)?;
                }
                return Ok(Expression::Path(Path {
                    start: Start::Root,
                    steps,
                }));
            }
            Some(Word::Sign("//")) => {
                let mut steps = Vec::new();
                self.steps(&mut steps)?;
                return Ok(Expression::Path(Path {
                    start: Start::Root,
                    steps,
                }));
            }
            Some(_) if self.begins_step() => {
                let mut steps = vec![self.step()?];
                self.steps(&mut steps)?;
                return Ok(Expression::Path(Path {
                    start: Start::Context,
                    steps,
                }));
            }
            Some(_) => {
                return Err(self
                    .words
                    .get(self.at)
                    .map_or(SyntaxError::EndsEarly, unexpected));
            }
        };
        let mut steps = Vec::new();
        self.steps(&mut steps)?;
        Ok(Expression::Path(Path { start, steps }))
    }

    fn is_call(&self) -> bool {
        matches!(self.words.get(self.at + 1), Some((Word::Sign("("), _)))
    }

    fn begins_step(&self) -> bool {
        matches!(
            self.peek(),
            Some(Word::Name(_) | Word::Sign("." | ".." | "@" | "*"))
        )
    }

    fn steps(&mut self, steps: &mut Vec<Step>) -> Result<(), SyntaxError> {
        loop {
            if self.take("//") {
                steps.push(Step {
                    to: To::Below,
                    conditions: Vec::new(),
                });
            } else if !self.take("/") {
                return Ok(());
            }
            steps.push(self.step()?);
        }
    }

    fn step(&mut self) -> Result<Step, SyntaxError> {
        let Some(placed) = self.words.get(self.at).cloned() else {
            return Err(SyntaxError::EndsEarly);
        };
        self.at += 1;
        let to = match &placed.0 {
            Word::Sign(".") => To::Here,
            Word::Sign("..") => To::Parent,
            Word::Sign("*") => To::AnyChild,
            Word::Sign("@") => To::Attribute(self.name()?),
            Word::Name(axis) if self.take("::") => match axis.as_str() {
                "child" if self.take("*") => To::AnyChild,
                "child" => To::Child(self.name()?),
                "attribute" => To::Attribute(self.name()?),
                _ => return Err(unexpected(&placed)),
            },
            Word::Name(name) if self.sign() != Some("(") => To::Child(name.clone()),
            // node() is everything, which here is every element.
            Word::Name(name) if name == "node" && self.take("(") => {
                self.close(")", "(", placed.1)?;
                To::AnyChild
            }
            _ => return Err(unexpected(&placed)),
        };
        let conditions = self.conditions()?;
        Ok(Step { to, conditions })
    }

    fn name(&mut self) -> Result<String, SyntaxError> {
        match self.words.get(self.at) {
            Some((Word::Name(name), _)) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            Some(word) => Err(unexpected(word)),
            None => Err(SyntaxError::EndsEarly),
        }
    }

    fn conditions(&mut self) -> Result<Vec<Expression>, SyntaxError> {
        let mut conditions = Vec::new();
        loop {
            let at = self.place();
            if !self.take("[") {
                return Ok(conditions);
            }
            conditions.push(self.nested(|parser| parser.binary(0))?);
            self.close("]", "[", at)?;
        }
    }

    /// The arguments of a call and its closing bracket.
    fn call(&mut self, name: String, at: usize) -> Result<Expression, SyntaxError> {
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.nested(|parser| parser.binary(0))?);
                if !self.take(",") {
                    break;
                }
            }
            self.close(")", "(", at)?;
        }
        let name = match name.as_str() {
            "choice-name" => "jr:choice-name".to_owned(),
            _ => name,
        };
        match FUNCTIONS.iter().find(|(known, ..)| *known == name) {
            Some((_, least, most)) => {
                let found = arguments.len();
                if found < *least || most.is_some_and(|most| found > most) {
                    return Err(SyntaxError::WrongArguments { name, found });
                }
                Ok(Expression::Call(name, arguments))
            }
            None if UNSUPPORTED.contains(&name.as_str()) || name.contains(':') => {
                Err(SyntaxError::UnsupportedFunction { name })
            }
            None => Err(SyntaxError::UnknownFunction { name }),
        }
    }
}
