//! Imports point down and form no cycle.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};

use crate::product_files;

/// The layers, top first. A module may import from its own layer and those below it; `secret::source` is named here
/// because it lies above the rest of `secret`. `docs` of the layers: the head of `src/lib.rs`.
const LAYERS: [&[&str]; 6] = [
    &["main", "lib", "cli"],
    &["commands", "render"],
    &["acquire"],
    &["config", "store", "http", "secret::source"],
    &[
        "request",
        "response",
        "grant",
        "client_auth",
        "profile",
        "sample",
        "credential",
    ],
    &[
        "expiry", "host", "json", "jwt", "names", "os", "property", "secret", "suggest",
        "template", "text", "time",
    ],
];

/// Imports that point up all the same, each with its reason.
const UP: [(&str, &str, &str); 1] = [(
    "commands",
    "cli",
    "a command is handed its own arguments as clap has parsed them",
)];

/// A module by its path from the crate's root: `store::file::guard`. The root itself is `lib`, the binary `main`.
type Module = String;

/// Which modules each module imports.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

/// `store/file/mod.rs` and `store/file.rs` are `store::file`.
fn module_of(file: &str) -> Module {
    file.trim_end_matches(".rs")
        .trim_end_matches("/mod")
        .replace('/', "::")
}

/// Collects the paths that a file names outside its tests: those of `use`, and those in code.
struct PathCollector(Vec<Vec<String>>);

impl PathCollector {
    fn add_use(&mut self, prefix: &[String], tree: &syn::UseTree) {
        let extended = |ident: &syn::Ident| [prefix, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_use(&extended(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.0.push(extended(&name.ident)),
            syn::UseTree::Rename(rename) => self.0.push(extended(&rename.ident)),
            syn::UseTree::Glob(_) => self.0.push(prefix.to_vec()),
            syn::UseTree::Group(group) => {
                for tree in &group.items {
                    self.add_use(prefix, tree);
                }
            }
        }
    }
}

impl Visit<'_> for PathCollector {
    fn visit_item(&mut self, item: &syn::Item) {
        if !is_test_only(item) {
            visit::visit_item(self, item);
        }
    }
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        self.add_use(&[], &item.tree);
    }
    fn visit_path(&mut self, path: &syn::Path) {
        let segments = path.segments.iter();
        self.0
            .push(segments.map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }
}

fn is_test_only(item: &syn::Item) -> bool {
    let attributes = match item {
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|argument| argument == "test")
    })
}

/// The modules that a file imports, itself left out.
fn imports(module: &Module, text: &str, modules: &BTreeSet<Module>) -> BTreeSet<Module> {
    let mut collector = PathCollector(Vec::new());
    collector.visit_file(&syn::parse_file(text).unwrap());
    let resolved = collector
        .0
        .iter()
        .filter_map(|path| resolve(module, path, modules));
    resolved.filter(|to| to != module).collect()
}

/// The innermost module that a path names; `None` where it leads out of the crate, or to the crate's root.
fn resolve(from: &Module, path: &[String], modules: &BTreeSet<Module>) -> Option<Module> {
    let mut place: Vec<&str> = match from.as_str() {
        "lib" | "main" => Vec::new(),
        inner => inner.split("::").collect(),
    };
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" | "tok" => {
            place.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|segment| segment == "super") {
                place.pop();
                rest = &rest[1..];
            }
        }
        _ => {}
    }
    let is_local = rest.len() == path.len();
    let mut found = (!is_local && !place.is_empty()).then(|| place.join("::"));
    for segment in rest {
        place.push(segment);
        let module = place.join("::");
        if !modules.contains(&module) {
            break;
        }
        found = Some(module);
    }
    found
}

fn import_graph() -> Imports {
    let files = product_files();
    let modules: BTreeSet<Module> = files.iter().map(|(name, _)| module_of(name)).collect();
    files
        .iter()
        .map(|(name, text)| {
            let module = module_of(name);
            let imports = imports(&module, text, &modules);
            (module, imports)
        })
        .collect()
}

/// Which layer a module is in, and under which name.
fn layer_of(module: &str) -> Option<(usize, &'static str)> {
    let is_in = |name: &&&str| module == **name || module.starts_with(&format!("{name}::"));
    let rows = LAYERS.iter().enumerate();
    let found = rows.filter_map(|(layer, names)| Some((layer, *names.iter().find(is_in)?)));
    found.max_by_key(|(_, name)| name.len())
}

#[test]
fn imports_point_down() {
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for (from, imports) in import_graph() {
        let Some((layer, name)) = layer_of(&from) else {
            wrong.push(format!("{from} is in no layer"));
            continue;
        };
        for to in imports {
            // The root declares all modules; no module needs it.
            let Some((below, other)) = layer_of(&to) else {
                continue;
            };
            if below < layer {
                match UP.iter().find(|row| (row.0, row.1) == (name, other)) {
                    Some(row) => _ = used.insert(row.1),
                    None => wrong.push(format!("{from} imports {to}, which lies above it")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(used.len(), UP.len(), "an exception that nothing uses");
}

/// A child may use the types of its parents, which declare it; all other imports must form no cycle, neither between
/// files nor between the modules named in `LAYERS`.
#[test]
fn imports_form_no_cycle() {
    let graph = import_graph();
    let of_files = graph.iter().map(|(from, imports)| {
        let is_ancestor = |to: &&Module| from.starts_with(&format!("{to}::"));
        let others = imports.iter().filter(|to| !is_ancestor(to)).cloned();
        (from.clone(), others.collect())
    });
    assert_eq!(cycle(&of_files.collect()), None);
    let mut of_modules = Imports::new();
    for (from, imports) in &graph {
        let name = |module: &str| layer_of(module).map(|(_, name)| name.to_owned());
        let is_allowed = |from: &str, to: &str| UP.iter().any(|row| (row.0, row.1) == (from, to));
        let Some(from) = name(from) else { continue };
        let to = imports.iter().filter_map(|to| name(to));
        let to = to.filter(|to| {
            *to != from && !is_allowed(&from, to) && !(from == "secret" && to == "secret::source")
        });
        of_modules
            .entry(from.clone())
            .or_default()
            .extend(to.collect::<Vec<_>>());
    }
    assert_eq!(cycle(&of_modules), None);
}

/// One cycle, as the modules on it.
fn cycle(graph: &Imports) -> Option<Vec<Module>> {
    fn visit(
        module: &Module,
        graph: &Imports,
        path: &mut Vec<Module>,
        done: &mut BTreeSet<Module>,
    ) -> Option<Vec<Module>> {
        if let Some(start) = path.iter().position(|on_path| on_path == module) {
            return Some(path[start..].to_vec());
        }
        if !done.insert(module.clone()) {
            return None;
        }
        path.push(module.clone());
        for next in graph.get(module).into_iter().flatten() {
            if let Some(found) = visit(next, graph, path, done) {
                return Some(found);
            }
        }
        path.pop();
        None
    }
    let mut done = BTreeSet::new();
    graph
        .keys()
        .find_map(|module| visit(module, graph, &mut Vec::new(), &mut done))
}

#[test]
fn the_test_sees_imports_and_cycles() {
    let modules: BTreeSet<Module> = ["jwt", "os", "os::unix", "store", "store::file", "cli"]
        .map(str::to_owned)
        .into();
    let text = "
        use crate::os::{self, unix::{open, Mode}};
        use super::Entry;
        #[cfg(test)]
        mod tests { use crate::cli::X; }
        fn f() -> crate::jwt::Jwt { guard::x() }
    ";
    let found = imports(&"store::file".to_owned(), text, &modules);
    let expected = ["jwt", "os", "os::unix", "store"].map(str::to_owned);
    assert_eq!(found, expected.into());
    let graph = |rows: &[(&str, &str)]| -> Imports {
        let rows = rows
            .iter()
            .map(|(from, to)| ((*from).to_owned(), [(*to).to_owned()].into()));
        rows.collect()
    };
    assert!(cycle(&graph(&[("a", "b"), ("b", "c"), ("c", "b")])).is_some());
    assert!(cycle(&graph(&[("a", "b"), ("b", "c")])).is_none());
}
