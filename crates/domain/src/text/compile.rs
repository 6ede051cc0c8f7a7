//! From lexicon files to rules: words become numbers, patterns become states, classes are compiled once.

use std::collections::HashMap;

use super::Group;
use super::fold::Folded;
use super::lexicon::sections;
use super::meaning::Meaning;
use super::pattern::{END, Graph, Node, top_level};
use super::rules::{Accept, Atom, CLOCK, DATE, Lead, MOST_PARTS, Opening, Rule, Rules, State};
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
    accepts: Vec<Accept>,
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
    /// The rules of one part: everything with one meaning goes to one atom.
    plain: HashMap<Meaning, Atom>,
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
            plain: HashMap::new(),
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
        let mut parts: Vec<Vec<Atom>> = Vec::new();
        let is_plain = !pattern.contains(" .. ");
        for part in pattern.split(" .. ").take(MOST_PARTS) {
            let mut atoms = Vec::new();
            let before = self.plain.get(&meaning).filter(|_| is_plain).copied();
            let mut own = before;
            self.part(part, &mut own, &mut atoms);
            if let (true, None, Some(own)) = (is_plain, before, own) {
                self.plain.insert(meaning, own);
            }
            parts.push(atoms);
        }
        if !parts[0].is_empty() {
            self.rules.push(Rule { meaning, parts });
        }
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
                        self.atoms
                    });
                    atoms.push(atom);
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
                exact: exact.is_some(),
                opens: opened.is_some(),
            };
            self.openings.push((word, opening));
        }
        // A pattern that may be empty says nothing.
        self.states[first as usize].accepts.clear();
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
                self.states[state as usize].accepts = vec![accept];
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
        self.states[state as usize].accepts.push(accept);
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
        let row = Vocabulary::new().read(word, (0, word.len()));
        let (mut from, last) = (from, row.tokens.len().saturating_sub(1));
        for (place, token) in row.tokens.iter().enumerate() {
            let id = self.vocabulary.add(&word[token.start..token.end]);
            let target = if place == last { to } else { self.new_state() };
            self.states[from as usize].edges.push((id, target));
            from = target;
        }
    }

    /// For each word one state of each kind of opening, from which all goes on that begins with the word.
    fn merged_openings(&mut self) -> Vec<(WordId, Opening)> {
        let mut openings = std::mem::take(&mut self.openings);
        openings.sort_unstable();
        openings.dedup();
        let mut known: HashMap<Vec<u32>, u32> = HashMap::new();
        let same = |one: &(WordId, Opening), other: &(WordId, Opening)| {
            let kind = |opening: &Opening| (opening.exact, opening.opens);
            one.0 == other.0 && kind(&one.1) == kind(&other.1)
        };
        let mut merged = Vec::new();
        for alike in openings.chunk_by(same) {
            let (word, opening) = alike[0];
            let targets: Vec<u32> = alike.iter().map(|(_, opening)| opening.state).collect();
            let state = match (targets.as_slice(), known.get(&targets)) {
                ([only], _) => *only,
                (_, Some(state)) => *state,
                _ => {
                    let state = self.new_state();
                    let mut union = Draft::default();
                    for target in &targets {
                        let draft = &self.states[*target as usize];
                        union.accepts.extend(&draft.accepts);
                        union.edges.extend(&draft.edges);
                    }
                    union.accepts.sort_unstable();
                    union.accepts.dedup();
                    self.states[state as usize] = union;
                    known.insert(targets, state);
                    state
                }
            };
            merged.push((word, Opening { state, ..opening }));
        }
        merged
    }

    fn finish(mut self) -> Rules {
        let (mut edges, mut accepts) = (Vec::new(), Vec::new());
        let mut states = Vec::with_capacity(self.states.len());
        let openings = self.merged_openings();
        for draft in &mut self.states {
            draft.edges.sort_unstable();
            draft.edges.dedup();
            let words = draft.edges.iter();
            let next_words = words.fold(0, |all, (word, _)| all | Rules::bit(*word));
            let from = (accepts.len(), edges.len());
            accepts.append(&mut draft.accepts);
            edges.append(&mut draft.edges);
            states.push(State {
                accepts: (from.0, accepts.len()),
                edges: (from.1, edges.len()),
                next_words,
            });
        }
        let openings = grouped(openings, self.vocabulary.len());
        let mut firsts = Vec::new();
        for (number, rule) in (0_u32..).zip(&self.rules) {
            let single = |other: &Rule| other.parts.len() == 1 && other.meaning == rule.meaning;
            for &atom in &rule.parts[0] {
                // The rules of one part with one meaning share an atom; one of them will do.
                let before = self.rules[..number as usize].iter();
                let mut before = before.filter(|other| rule.parts.len() == 1 && single(other));
                if !before.any(|other| other.parts[0].contains(&atom)) {
                    firsts.push((atom, Lead::new(number, atom, &rule.parts)));
                }
            }
        }
        Rules {
            vocabulary: self.vocabulary,
            states,
            accepts,
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
