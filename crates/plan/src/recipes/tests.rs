//! The list itself: every file is listed, every recipe is called as its file.

use std::{collections::BTreeSet, fs, path::Path};

use super::{FILES, RECIPES};

#[test]
fn every_file_of_a_recipe_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/recipes");
    let there: BTreeSet<String> = fs::read_dir(folder)
        .expect("the folder of recipes")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != "tests" && name != "as_written")
        .collect();
    let listed: BTreeSet<String> = FILES.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(there, listed);
}

#[test]
fn a_recipe_is_called_as_its_file() {
    for (recipe, file) in RECIPES.iter().zip(FILES) {
        assert_eq!(recipe.name, *file);
        assert!(!recipe.title.is_empty(), "{file} lacks a title");
    }
}
