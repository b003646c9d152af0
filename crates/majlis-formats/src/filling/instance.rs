//! The answers of one response as a tree of nodes, one for each item in each repeat instance.

use std::collections::BTreeMap;

use crate::form::Kind;
use crate::logic::{Logic, ROOT};

/// Nodes of one response.
pub(crate) const MAX_NODES: usize = 200_000;

#[derive(Clone, Debug)]
pub(crate) struct Node {
    item: usize,
    parent: Option<usize>,
    children: Vec<usize>,
    pub(crate) value: String,
    /// Whether its own condition holds; those around it are not counted.
    pub(crate) relevant: bool,
    /// Whether its first value was not given yet.
    pub(crate) fresh: bool,
    gone: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Instance {
    nodes: Vec<Node>,
    by_item: Vec<Vec<usize>>,
}

impl Instance {
    /// One node for each item outside of repeats.
    pub(crate) fn new(logic: &Logic) -> Self {
        let mut instance = Self {
            nodes: Vec::new(),
            by_item: vec![Vec::new(); logic.parts().len()],
        };
        instance.grow(logic, ROOT, None);
        instance
    }

    /// Adds an item and what lies in it, but no instances of repeats in it.
    fn grow(&mut self, logic: &Logic, item: usize, parent: Option<usize>) -> usize {
        let index = self.nodes.len();
        self.nodes.push(Node {
            item,
            parent,
            children: Vec::new(),
            value: String::new(),
            relevant: true,
            fresh: true,
            gone: false,
        });
        if let Some(nodes) = self.by_item.get_mut(item) {
            nodes.push(index);
        }
        let mut children = Vec::new();
        for child in logic.part(item).map_or(&[][..], |part| &part.children) {
            let repeats = logic
                .part(*child)
                .is_some_and(|part| part.item.kind == Kind::Repeat);
            if !repeats {
                children.push(self.grow(logic, *child, Some(index)));
            }
        }
        if let Some(node) = self.nodes.get_mut(index) {
            node.children = children;
        }
        index
    }

    /// Adds an instance of a repeat after the others; nothing where there are too many nodes.
    pub(crate) fn add(&mut self, logic: &Logic, repeat: usize, parent: usize) -> Option<usize> {
        if self.nodes.len() >= MAX_NODES {
            return None;
        }
        let added = self.grow(logic, repeat, Some(parent));
        let order = logic.part(self.item(parent))?.children.clone();
        let place = order.iter().position(|item| *item == repeat)?;
        // After the last child that does not come later in the form; most often that is the last.
        let comes_later = |child: &usize| {
            let item = self.item(*child);
            order
                .iter()
                .position(|other| *other == item)
                .is_some_and(|other| other > place)
        };
        let at = self
            .children(parent)
            .iter()
            .rposition(|child| !comes_later(child))
            .map_or(0, |last| last + 1);
        self.nodes.get_mut(parent)?.children.insert(at, added);
        Some(added)
    }

    /// Takes away an instance and all in it.
    pub(crate) fn remove(&mut self, node: usize) {
        if let Some(parent) = self.parent(node)
            && let Some(parent) = self.nodes.get_mut(parent)
        {
            parent.children.retain(|child| *child != node);
        }
        let mut waiting = vec![node];
        while let Some(next) = waiting.pop() {
            if let Some(gone) = self.nodes.get_mut(next) {
                gone.gone = true;
                gone.value.clear();
                let item = gone.item;
                waiting.extend(&gone.children);
                if let Some(nodes) = self.by_item.get_mut(item) {
                    nodes.retain(|other| *other != next);
                }
            }
        }
    }

    pub(crate) fn node(&self, node: usize) -> Option<&Node> {
        self.nodes.get(node).filter(|node| !node.gone)
    }

    pub(crate) fn node_mut(&mut self, node: usize) -> Option<&mut Node> {
        self.nodes.get_mut(node)
    }

    pub(crate) fn item(&self, node: usize) -> usize {
        self.nodes.get(node).map_or(ROOT, |node| node.item)
    }

    pub(crate) fn parent(&self, node: usize) -> Option<usize> {
        self.nodes.get(node)?.parent
    }

    pub(crate) fn children(&self, node: usize) -> &[usize] {
        self.nodes.get(node).map_or(&[], |node| &node.children)
    }

    pub(crate) fn of_item(&self, item: usize) -> Vec<usize> {
        self.by_item.get(item).cloned().unwrap_or_default()
    }

    /// Whether a node and all around it are shown.
    pub(crate) fn is_relevant(&self, node: usize) -> bool {
        let mut now = Some(node);
        while let Some(index) = now {
            match self.node(index) {
                Some(node) if node.relevant => now = node.parent,
                Some(_) | None => return false,
            }
        }
        true
    }

    /// What a node holds, kept though it be hidden.
    pub(crate) fn value(&self, node: usize) -> &str {
        self.node(node).map_or("", |node| &node.value)
    }

    /// What expressions see: nothing of what is hidden.
    pub(crate) fn seen(&self, node: usize) -> &str {
        if self.is_relevant(node) {
            self.value(node)
        } else {
            ""
        }
    }

    /// The place of a repeat instance among its like, from 1.
    pub(crate) fn position(&self, node: usize) -> usize {
        let item = self.item(node);
        let siblings = self
            .parent(node)
            .map_or(&[][..], |node| self.children(node));
        siblings
            .iter()
            .filter(|sibling| self.item(**sibling) == item)
            .position(|sibling| *sibling == node)
            .map_or(1, |place| place + 1)
    }

    /// Nodes of an item that lie in the same repeat instances as a node, as far as they share any.
    ///
    /// A repeat itself is reached in all its instances.
    pub(crate) fn reachable(&self, logic: &Logic, from: usize, target: usize) -> Vec<usize> {
        self.indexed(logic, from, target, &BTreeMap::new())
    }

    /// The same, with the instances of some repeats chosen by their place.
    pub(crate) fn indexed(
        &self,
        logic: &Logic,
        from: usize,
        target: usize,
        chosen: &BTreeMap<usize, usize>,
    ) -> Vec<usize> {
        let mut around: BTreeMap<usize, usize> = BTreeMap::new();
        let mut now = Some(from);
        while let Some(node) = now {
            around.insert(self.item(node), node);
            now = self.parent(node);
        }
        let mut found = vec![ROOT];
        let mut shared = true;
        for item in logic.chain(target).into_iter().skip(1) {
            let pick = chosen.get(&item);
            let own = around.get(&item).copied();
            let repeats = logic
                .part(item)
                .is_some_and(|part| part.item.kind == Kind::Repeat);
            if shared
                && pick.is_none()
                && let Some(own) = own
                && !(repeats && item == target)
            {
                found = vec![own];
                continue;
            }
            shared = false;
            let mut next = Vec::new();
            for node in found {
                let mut place = 0;
                for child in self.children(node) {
                    if self.item(*child) == item {
                        place += 1;
                        if pick.is_none_or(|pick| *pick == place) {
                            next.push(*child);
                        }
                    }
                }
            }
            found = next;
        }
        found
    }
}
