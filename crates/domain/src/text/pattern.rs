//! A pattern of the lexicon as a graph of letters: alternatives stay side by side and are never multiplied out.

/// A node of the graph, by its number.
pub(super) type Node = u32;

/// The node behind the last letter.
pub(super) const END: Node = 0;

enum Step {
    End,
    Letter(char, Node),
    Any(Vec<Node>),
}

/// What a pattern says at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Letter(char),
    Any(Vec<Vec<Self>>),
}

/// A folded pattern: letters, and alternatives that meet again behind their bracket.
pub(super) struct Graph {
    steps: Vec<Step>,
    /// Before the first letter.
    pub start: Node,
}

impl Graph {
    /// Reads a pattern; `class` gives the lines of the class `{name}`.
    pub fn new<'a>(pattern: &'a str, class: &dyn Fn(&str) -> &'a [String]) -> Self {
        let (branches, rest) = read(pattern, class);
        debug_assert!(
            rest.is_empty(),
            "{pattern:?} closes a bracket that it does not open"
        );
        let mut graph = Self {
            steps: vec![Step::End],
            start: END,
        };
        graph.start = graph.any(&branches, END);
        graph
    }

    fn add(&mut self, step: Step) -> Node {
        self.steps.push(step);
        Node::try_from(self.steps.len() - 1).unwrap_or(END)
    }

    fn any(&mut self, branches: &[Vec<Piece>], next: Node) -> Node {
        let mut entries: Vec<Node> = Vec::with_capacity(branches.len());
        for branch in branches {
            let entry = branch.iter().rfold(next, |next, piece| match piece {
                Piece::Letter(letter) => self.add(Step::Letter(*letter, next)),
                Piece::Any(branches) => self.any(branches, next),
            });
            entries.push(entry);
        }
        match entries.as_slice() {
            [only] => *only,
            _ => self.add(Step::Any(entries)),
        }
    }

    /// The words that may come next at a node, each with the node behind it; an empty one where the pattern may end.
    pub fn words(&self, node: Node) -> Vec<(String, Node)> {
        let mut found = Vec::new();
        self.spell(node, &mut String::new(), &mut found);
        found
    }

    fn spell(&self, node: Node, word: &mut String, found: &mut Vec<(String, Node)>) {
        match &self.steps[node as usize] {
            Step::End => found.push((word.clone(), END)),
            Step::Letter(' ', next) if word.is_empty() => self.spell(*next, word, found),
            Step::Letter(' ', next) => found.push((word.clone(), *next)),
            Step::Letter(letter, next) => {
                word.push(*letter);
                self.spell(*next, word, found);
                word.pop();
            }
            Step::Any(entries) => {
                for entry in entries {
                    self.spell(*entry, word, found);
                }
            }
        }
    }
}

/// Reads alternatives up to a closing bracket or the end; returns them and what is left, the bracket included.
fn read<'a>(pattern: &'a str, class: &dyn Fn(&str) -> &'a [String]) -> (Vec<Vec<Piece>>, &'a str) {
    let mut branches = vec![Vec::new()];
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        let piece = match letter {
            ')' => break,
            '|' => {
                branches.push(Vec::new());
                rest = after;
                continue;
            }
            '(' => {
                let (inner, behind) = read(after, class);
                rest = behind.strip_prefix(')').unwrap_or(behind);
                Piece::Any(inner)
            }
            '{' => {
                let (name, behind) = after.split_once('}').unwrap_or((after, ""));
                rest = behind;
                let lines = class(name).iter();
                Piece::Any(lines.flat_map(|line| read(line, class).0).collect())
            }
            _ => {
                rest = after;
                Piece::Letter(letter)
            }
        };
        if let Some(branch) = branches.last_mut() {
            branch.push(piece);
        }
    }
    (branches, rest)
}

/// The alternatives of a part that stand outside brackets.
pub(super) fn top_level(part: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    part.split(move |letter| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && letter == '|'
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(pattern: &str) -> Vec<String> {
        let lines = ["x|y z".to_owned()];
        let graph = Graph::new(pattern, &|_| &lines);
        let words = graph.words(graph.start).into_iter();
        words.map(|(word, _)| word).collect()
    }

    #[test]
    fn alternatives_may_be_nested_and_empty_and_hold_classes() {
        assert_eq!(words("a(b|c(d|)|)e"), ["abe", "acde", "ace", "ae"]);
        assert_eq!(words("מעוניי(ן|נת)"), ["מעוניין", "מעוניינת"]);
        assert_eq!(words("(very |)good"), ["very", "good"]);
        assert_eq!(words("a{c}"), ["ax", "ay"]);
    }

    #[test]
    fn what_follows_alternatives_is_there_once() {
        let graph = Graph::new("(a|b|c) d", &|_| &[]);
        let next: Vec<Node> = graph
            .words(graph.start)
            .into_iter()
            .map(|(_, next)| next)
            .collect();
        assert!(next.iter().all(|node| *node == next[0]));
        assert_eq!(graph.words(next[0]), [("d".to_owned(), END)]);
    }

    #[test]
    fn alternatives_outside_brackets_stand_alone() {
        let found: Vec<&str> = top_level("a(b|c)|{d}|e").collect();
        assert_eq!(found, ["a(b|c)", "{d}", "e"]);
    }
}
