//! From lexicon files to rules: words become numbers, patterns become states, classes are compiled once.

use std::collections::HashMap;

use super::Group;
use super::fold::Folded;
use super::lexicon::sections;
use super::meaning::Meaning;
use super::pattern::{END, Graph, Node, top_level};
use super::rules::{Accept, Atom, CLOCK, DATE, MOST_PARTS, Opening, Rule, Rules, State};
use super::vocabulary::{Vocabulary, WordId};

/// A class of the lexicon: one of its texts will do.
struct Class {
    /// Its lines, folded.
    lines: Vec<String>,
    /// What it comes to, once compiled.
    atoms: Option<Vec<Atom>>,
}

/// A state while the lexicon is compiled.
#[derive(Default)]
struct Draft {
    accept: Option<Accept>,
    edges: Vec<(WordId, u32)>,
}

pub(super) struct Compiler {
    classes: HashMap<String, Class>,
    vocabulary: Vocabulary,
    atoms: Atom,
    states: Vec<Draft>,
    /// States that end a pattern and have no way on.
    ends: HashMap<Accept, u32>,
    openings: Vec<(WordId, Opening)>,
    rules: Vec<Rule>,
}

impl Compiler {
    /// Compiles lexicon files and words of a business's own.
    pub fn compile(sources: &[&str], own: &[(Group, String)]) -> Rules {
        let mut compiler = Self {
            classes: HashMap::new(),
            vocabulary: Vocabulary::new(),
            atoms: CLOCK,
            states: Vec::new(),
            ends: HashMap::new(),
            openings: Vec::new(),
            rules: Vec::new(),
        };
        let sections: Vec<_> = sources.iter().flat_map(|source| sections(source)).collect();
        for section in &sections {
            let name = section.name.strip_prefix('{');
            let Some(name) = name.and_then(|name| name.strip_suffix('}')) else {
                continue;
            };
            let class = compiler.classes.entry(name.to_owned());
            let class = class.or_insert_with(|| Class {
                lines: Vec::new(),
                atoms: None,
            });
            let lines = section.patterns.iter();
            class.lines.extend(lines.map(|line| Folded::new(line).text));
        }
        for section in sections.iter().filter(|one| !one.name.starts_with('{')) {
            let meaning = Meaning::of_section(section.name);
            debug_assert!(meaning.is_some(), "no meaning is called {}", section.name);
            let Some(meaning) = meaning else { continue };
            for pattern in &section.patterns {
                compiler.rule(meaning, pattern);
            }
        }
        for (group, pattern) in own {
            compiler.rule(Meaning::Strong(*group), pattern);
        }
        compiler.finish()
    }

    fn rule(&mut self, meaning: Meaning, pattern: &str) {
        let pattern = Folded::new(pattern).text;
        let parts: Vec<Vec<Atom>> = pattern
            .split(" .. ")
            .take(MOST_PARTS)
            .map(|part| {
                let mut atoms = Vec::new();
                self.part(part, &mut None, &mut atoms);
                atoms
            })
            .collect();
        self.rules.push(Rule { meaning, parts });
    }

    /// Adds the atoms that a part of a rule stands for; its own texts all go to one atom.
    fn part(&mut self, part: &str, own: &mut Option<Atom>, atoms: &mut Vec<Atom>) {
        for alternative in top_level(part) {
            let alternative = alternative.trim();
            let class = alternative.strip_prefix('{');
            let class = class.and_then(|rest| rest.strip_suffix('}'));
            match class {
                Some("date") => atoms.push(DATE),
                Some("clock") => atoms.push(CLOCK),
                Some(name) if !name.contains('{') => atoms.extend(self.class(name)),
                _ => {
                    let atom = *own.get_or_insert_with(|| {
                        self.atoms += 1;
                        atoms.push(self.atoms);
                        self.atoms
                    });
                    self.text(atom, alternative);
                }
            }
        }
        atoms.sort_unstable();
        atoms.dedup();
    }

    fn class(&mut self, name: &str) -> Vec<Atom> {
        let Some(class) = self.classes.get(name) else {
            debug_assert!(false, "no section defines the class {name}");
            return Vec::new();
        };
        if let Some(atoms) = &class.atoms {
            return atoms.clone();
        }
        let (mut own, mut atoms) = (None, Vec::new());
        for line in class.lines.clone() {
            self.part(&line, &mut own, &mut atoms);
        }
        if let Some(class) = self.classes.get_mut(name) {
            class.atoms = Some(atoms.clone());
        }
        atoms
    }

    /// Adds one alternative with its edges: `^` opens a clause, `$` closes it, `=` takes no prefixes.
    fn text(&mut self, atom: Atom, alternative: &str) {
        let closed = alternative.strip_suffix('$');
        let text = closed.unwrap_or(alternative);
        let opened = text.strip_prefix('^');
        let text = opened.unwrap_or(text);
        let exact = text.strip_prefix('=');
        let text = exact.unwrap_or(text).trim();
        let classes = &self.classes;
        let graph = Graph::new(text, &|name| {
            let class = classes.get(name);
            debug_assert!(class.is_some(), "no section defines the class {name}");
            class.map_or(&[][..], |class| class.lines.as_slice())
        });
        let accept = Accept {
            atom,
            closes: closed.is_some(),
        };
        let first = self.state(&graph, graph.start, accept, &mut HashMap::new());
        for (word, state) in std::mem::take(&mut self.states[first as usize].edges) {
            let opening = Opening {
                state,
                ends: false,
                next_words: 0,
                exact: exact.is_some(),
                opens: opened.is_some(),
            };
            self.openings.push((word, opening));
        }
        // A pattern that may be empty says nothing.
        self.states[first as usize].accept = None;
    }

    /// The state for a node before a word, with everything that is behind it.
    fn state(
        &mut self,
        graph: &Graph,
        node: Node,
        accept: Accept,
        known: &mut HashMap<Node, u32>,
    ) -> u32 {
        if let Some(state) = known.get(&node) {
            return *state;
        }
        let state = self.new_state();
        known.insert(node, state);
        for (word, next) in graph.words(node) {
            if word.is_empty() {
                self.states[state as usize].accept = Some(accept);
                continue;
            }
            let target = match next {
                END => self.end(accept),
                _ => self.state(graph, next, accept, known),
            };
            self.edge(state, &word, target);
        }
        state
    }

    fn end(&mut self, accept: Accept) -> u32 {
        if let Some(state) = self.ends.get(&accept) {
            return *state;
        }
        let state = self.new_state();
        self.states[state as usize].accept = Some(accept);
        self.ends.insert(accept, state);
        state
    }

    fn new_state(&mut self) -> u32 {
        self.states.push(Draft::default());
        u32::try_from(self.states.len() - 1).unwrap_or(0)
    }

    /// A way from state to state over a word; over several where marks stand inside it.
    fn edge(&mut self, from: u32, word: &str, to: u32) {
        let marked = word.contains(|letter: char| !letter.is_alphanumeric());
        if !marked {
            let id = self.vocabulary.add(word);
            self.states[from as usize].edges.push((id, to));
            return;
        }
        let row = Vocabulary::new().read(word);
        let (mut from, last) = (from, row.tokens.len().saturating_sub(1));
        for (place, token) in row.tokens.iter().enumerate() {
            let id = self.vocabulary.add(&word[token.start..token.end]);
            let target = if place == last { to } else { self.new_state() };
            self.states[from as usize].edges.push((id, target));
            from = target;
        }
    }

    fn finish(mut self) -> Rules {
        let mut edges = Vec::new();
        let mut states = Vec::with_capacity(self.states.len());
        for draft in &mut self.states {
            draft.edges.sort_unstable();
            draft.edges.dedup();
            let words = draft.edges.iter();
            let next_words = words.fold(0, |all, (word, _)| all | Rules::bit(*word));
            let from = edges.len();
            edges.append(&mut draft.edges);
            states.push(State {
                accept: draft.accept,
                edges: (from, edges.len()),
                next_words,
            });
        }
        for (_, opening) in &mut self.openings {
            let state = &states[opening.state as usize];
            opening.ends = state.accept.is_some();
            opening.next_words = state.next_words;
        }
        let openings = grouped(self.openings, self.vocabulary.len());
        let mut firsts = Vec::new();
        for (number, rule) in (0_u32..).zip(&self.rules) {
            firsts.extend(rule.parts[0].iter().map(|&atom| (atom, number)));
        }
        Rules {
            vocabulary: self.vocabulary,
            states,
            edges,
            openings,
            by_first: grouped(firsts, self.atoms as usize + 1),
            rules: self.rules,
            atoms: self.atoms + 1,
        }
    }
}

/// Values by their key, all in one piece.
pub(super) struct Grouped<T> {
    /// Where the values of each key end.
    ends: Vec<usize>,
    values: Vec<T>,
}

impl<T> Grouped<T> {
    #[inline]
    pub fn of(&self, key: u32) -> &[T] {
        let key = key as usize;
        let from = key.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.values[from..self.ends[key]]
    }
}

fn grouped<T>(mut pairs: Vec<(u32, T)>, keys: usize) -> Grouped<T> {
    pairs.sort_by_key(|(key, _)| *key);
    let ends = (0..keys)
        .map(|key| pairs.partition_point(|(other, _)| *other as usize <= key))
        .collect();
    Grouped {
        ends,
        values: pairs.into_iter().map(|(_, value)| value).collect(),
    }
}
